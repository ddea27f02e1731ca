/**
 * `npm run torture`: the scenarios at 20 times their counts (VOL_TEST_ROUNDS says otherwise), for hours rather
 * than minutes. Writes bench/torture.md. What follows `--` goes to vitest, to choose scenarios.
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
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
const heading = `# Scenarios at ${factor} times their usual counts

${machine()}, ${new Date().toISOString().slice(0, 10)}, commit ${commit()}.
${passed} passed, ${failed} failed. Made by \`npm run torture\`.

| scenario | rounds | result | seconds |
|---|---:|---|---:|
`
writeFileSync(
  path.join(root, 'bench', 'torture.md'),
  heading + rows(report, roundsOf(roundsFile)).join('\n') + '\n',
)
rmSync(folder, { recursive: true, force: true })
process.exitCode = failed > 0 ? 1 : 0
console.log(`bench/torture.md is written\n${passed} passed, ${failed} failed`)

function rows(results: Report | undefined, rounds: ReadonlyMap<string, number>): string[] {
  return (results?.testResults ?? []).flatMap(({ name, assertionResults }) =>
    assertionResults.map(({ fullName, status, duration = 0 }) => {
      const scenario = `${path.basename(name, '.test.ts')}: ${fullName.replaceAll('|', '\\|')}`
      const count = rounds.get(keyOf(name, fullName)) ?? 1
      return `| ${scenario} | ${count} | ${status} | ${(duration / 1000).toFixed(1)} |`
    }),
  )
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
