/**
 * `npm run torture`: the scenarios at 20 times their counts (VOL_TEST_ROUNDS says otherwise), for hours rather
 * than minutes. Writes bench/torture.md, in which what was not run now stays as it was. What follows `--` goes to vitest,
 * to choose scenarios.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism, cpus, release, tmpdir, totalmem } from 'node:os'
import path from 'node:path'
import process from 'node:process'
import { countOf, readReport, runs, type Report } from './stages.ts'

const root = path.dirname(import.meta.dirname)
const factor = process.env['VOL_TEST_ROUNDS'] ?? '20'
const folder = mkdtempSync(path.join(tmpdir(), 'docker-vol-torture-'))
const reportFile = path.join(folder, 'report.json')
const roundsFile = path.join(folder, 'rounds.jsonl')
writeFileSync(roundsFile, '')
const ok = runs(
  'vitest',
  [
    'run',
    '--project=e2e',
    '--reporter=verbose',
    '--reporter=json',
    `--outputFile.json=${reportFile}`,
    ...process.argv.slice(2),
  ],
  { VOL_TEST_ROUNDS: factor, VOL_TEST_ROUNDS_LOG: roundsFile },
)
const report = readReport(reportFile)
const { passed, failed } = countOf(report, ok)
const results = path.join(root, 'bench', 'torture.md')
const heading = `# Scenarios at many times their usual counts

${machine()}. Made by \`npm run torture\`; a part can be run alone, and the others then stay as they were.

| scenario | rounds | result | seconds | when, of which commit |
|---|---:|---|---:|---|
`
const before = existsSync(results) ? readFileSync(results, 'utf8') : ''
writeFileSync(results, heading + merged(before, rows(report, roundsOf(roundsFile))).join('\n') + '\n')
rmSync(folder, { recursive: true, force: true })
process.exitCode = failed > 0 ? 1 : 0
console.log(`bench/torture.md is written\n${passed} passed, ${failed} failed`)

function rows(ran: Report | undefined, rounds: ReadonlyMap<string, number>): string[] {
  const when = `${new Date().toISOString().slice(0, 10)}, ${commit()}`
  return (ran?.testResults ?? []).flatMap(({ name, assertionResults }) =>
    assertionResults
      .filter(({ status }) => status === 'passed' || status === 'failed')
      .map(({ fullName, status, duration = 0 }) => {
        const scenario = `${path.basename(name, '.test.ts')}: ${fullName.replaceAll('|', '\\|')}`
        const count = rounds.get(keyOf(name, fullName)) ?? 1
        return `| ${scenario} | ${count} | ${status} | ${(duration / 1000).toFixed(1)} | ${when} |`
      }),
  )
}

/** The rows of an earlier run with those of this one in the place of theirs, by scenario. */
function merged(text: string, now: readonly string[]): string[] {
  const earlier = text.split('\n').filter((row) => / \| \d+ \| (passed|failed) \| /.test(row))
  const all = new Map([...earlier, ...now].map((row) => [scenarioOf(row), row]))
  return [...all.values()].toSorted()
}

function scenarioOf(row: string): string {
  return row.slice(0, row.search(/ \| \d+ \| /))
}

/** How often each test repeated itself, as test/e2e/rounds.ts has noted. */
function roundsOf(file: string): ReadonlyMap<string, number> {
  const lines = readFileSync(file, 'utf8').split('\n').filter(Boolean)
  return new Map(
    lines.map((line) => {
      const noted: { test: string; file: string; count: number } = JSON.parse(line)
      return [keyOf(noted.file, noted.test), noted.count]
    }),
  )
}

/** Groups are told apart by ` > ` in one place, by a space in the other. */
function keyOf(file: string, test: string): string {
  return `${file}\n${test.replaceAll(' > ', ' ')}`
}

function machine(): string {
  const memory = `${Math.round(totalmem() / 1024 ** 3)} GiB`
  const cores = `${availableParallelism()} cores`
  return `${cpus()[0]?.model.trim() ?? process.arch}, ${cores}, ${memory}, Linux ${release().split('.', 2).join('.')}, Node ${process.versions.node}`
}

function commit(): string {
  const changed = git('status', '--porcelain', '--untracked-files=no') === '' ? '' : ' with local changes'
  return git('rev-parse', '--short', 'HEAD') + changed
}

function git(...args: readonly string[]): string {
  return execFileSync('git', args, { cwd: root, encoding: 'utf8' }).trim()
}
