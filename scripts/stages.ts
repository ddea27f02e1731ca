/** What `npm test` and `npm run check` have in common: stages with a heading and a time each, and a count. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import process from 'node:process'

export type Count = { readonly passed: number; readonly failed: number; readonly skipped: number }

/** Of a run: how many tests, and of those that failed which and why, so that the end of a long log says it all. */
export type Outcome = Count & { readonly failures: readonly string[] }

/** One thing to run. Its count is that of its tests; a stage without tests counts only when it fails. */
export type Stage = { readonly title: string; readonly run: () => Outcome }

const root = path.dirname(import.meta.dirname)

/** A program whose exit code says whether all is well. */
export function program(title: string, command: string, ...args: readonly string[]): Stage {
  return {
    title,
    run: () => ({ passed: 0, failed: runs(command, args) ? 0 : 1, skipped: 0, failures: [] }),
  }
}

/** The tests of one vitest project; `filters` choose files by parts of their path, or are vitest's options. */
export function vitestProject(title: string, project: string, filters: readonly string[]): Stage {
  return {
    title,
    run: () => {
      const folder = mkdtempSync(path.join(tmpdir(), 'docker-vol-tests-'))
      const report = path.join(folder, 'report.json')
      try {
        const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`]
        const all = ['run', `--project=${project}`, '--passWithNoTests', ...reporters, ...filters]
        const ok = runs('vitest', all)
        const read = readReport(report)
        for (const line of slowestOf(read)) console.log(line)
        return { ...countOf(read, ok), failures: failuresOf(read) }
      } finally {
        rmSync(folder, { recursive: true, force: true })
      }
    },
  }
}

/** Runs every stage, also after one that failed, prints the count as the last line and sets the exit code. */
export function runStages(stages: readonly Stage[]): void {
  const results = stages.map(({ title, run }) => {
    console.log(`\n=== ${title}`)
    const start = performance.now()
    const count = run()
    const seconds = ((performance.now() - start) / 1000).toFixed(1)
    console.log(`=== ${title}: ${count.failed === 0 ? 'ok' : 'FAILED'} in ${seconds} s`)
    return { title, seconds, ...count }
  })
  for (const failure of results.flatMap(({ failures }) => failures)) console.log(`\n${failure}`)
  const sum = (part: keyof Count) => results.reduce((total, result) => total + result[part], 0)
  console.log('')
  for (const { title, seconds, failed } of results)
    console.log(`${failed === 0 ? 'ok    ' : 'FAILED'} ${title} (${seconds} s)`)
  if (sum('skipped') > 0) console.log(`${sum('skipped')} tests were not run`)
  // A filter that matches nothing has proved nothing.
  const proved = sum('passed') > 0 && sum('failed') === 0
  if (sum('passed') + sum('failed') === 0) console.log('no test matches')
  process.exitCode = proved ? 0 : 1
  console.log(`${sum('passed')} passed, ${sum('failed')} failed`)
}

export type Report = {
  readonly success: boolean
  readonly testResults: readonly {
    readonly name: string
    readonly status: string
    readonly message: string
    /** Milliseconds since 1970. */
    readonly startTime?: number
    readonly endTime?: number
    readonly assertionResults: readonly {
      readonly fullName: string
      readonly status: string
      readonly duration?: number
      readonly failureMessages?: readonly string[]
    }[]
  }[]
}

/** What vitest's JSON reporter wrote; undefined when vitest did not come that far. */
export function readReport(file: string): Report | undefined {
  try {
    const report: Report = JSON.parse(readFileSync(file, 'utf8'))
    return report
  } catch {
    return undefined
  }
}

/** Counts tests. A file that could not be loaded, and a run that failed outside of any test, count as failures. */
export function countOf(report: Report | undefined, ok: boolean): Count {
  const count = { passed: 0, failed: 0, skipped: 0 }
  for (const { status, assertionResults } of report?.testResults ?? []) {
    for (const test of assertionResults) {
      if (test.status === 'passed') count.passed += 1
      else if (test.status === 'failed') count.failed += 1
      else count.skipped += 1
    }
    if (status === 'failed' && !assertionResults.some((test) => test.status === 'failed')) count.failed += 1
  }
  if (!ok && count.failed === 0) count.failed = 1
  return count
}

/** Each test that failed, by its file and name, with the first lines of what it said at every try. */
export function failuresOf(report: Report | undefined): readonly string[] {
  return (report?.testResults ?? []).flatMap(({ name, message, status, assertionResults }) => {
    const file = path.relative(root, name)
    const failed = assertionResults.filter((test) => test.status === 'failed')
    const loading =
      status === 'failed' && failed.length === 0 ? [`FAILED ${file}\n${firstLines(message)}`] : []
    const tests = failed.map(({ fullName, failureMessages = [] }) =>
      [`FAILED ${file}: ${fullName}`, ...failureMessages.map(firstLines)].join('\n'),
    )
    return [...loading, ...tests]
  })
}

/** The files that took longest, so that it is seen what a run waits for. */
export function slowestOf(report: Report | undefined): readonly string[] {
  const files = (report?.testResults ?? []).map(({ name, startTime = 0, endTime = 0 }) => ({
    file: path.relative(root, name),
    seconds: (endTime - startTime) / 1000,
  }))
  return files
    .filter(({ seconds }) => seconds >= 30)
    .toSorted((a, b) => b.seconds - a.seconds)
    .slice(0, 25)
    .map(({ file, seconds }) => `${seconds.toFixed(0).padStart(6)} s  ${file}`)
}

const firstLines = (text: string) => text.split('\n').slice(0, 12).join('\n').slice(0, 2000)

/** Runs a program with this terminal's streams. */
export function runs(
  command: string,
  args: readonly string[],
  environment: Record<string, string> = {},
): boolean {
  const { status, error } = spawnSync(command, args, {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, ...environment },
  })
  if (error !== undefined) console.error(`${command}: ${error.message}`)
  return status === 0
}
