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
  return { title, run: () => outcomeOf(runVitest(project, filters)) }
}

/**
 * The same for scenarios on an engine that all share: files that fail are run a second time, one after the other and
 * with nothing beside them, and what fails then has failed.
 */
export function scenarios(title: string, project: string, filters: readonly string[]): Stage {
  return {
    title,
    run: () => {
      const first = runVitest(project, filters)
      for (const line of slowestOf(first.report)) console.log(line)
      const files = failedFiles(first.report)
      // Whoever chose the tests wants to see what they do.
      const again = filters.length === 0 && files.length > 0 && files.length <= mostTriedAgain
      if (first.report === undefined || !again) return outcomeOf(first)
      for (const failure of failuresOf(first.report)) console.log(`\n${failure}`)
      console.log(`\n=== ${title}: ${files.join(', ')} once more, alone`)
      const second = runVitest(project, ['--maxWorkers=1', ...files])
      if (second.report === undefined) return outcomeOf(first)
      return outcomeOf({ report: withSecondTry(first.report, second.report), ok: second.ok })
    },
  }
}

/** When more files fail than this, something is wrong with all of them. */
const mostTriedAgain = 6

type Ran = { readonly report: Report | undefined; readonly ok: boolean }

function runVitest(project: string, args: readonly string[]): Ran {
  const folder = mkdtempSync(path.join(tmpdir(), 'docker-vol-tests-'))
  const file = path.join(folder, 'report.json')
  try {
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`]
    const ok = runs('vitest', ['run', `--project=${project}`, '--passWithNoTests', ...reporters, ...args])
    return { report: readReport(file), ok }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function outcomeOf({ report, ok }: Ran): Outcome {
  return { ...countOf(report, ok), failures: failuresOf(report) }
}

/** The files in which something failed, relative to the checkout. */
export function failedFiles(report: Report | undefined): readonly string[] {
  return (report?.testResults ?? [])
    .filter(({ status }) => status === 'failed')
    .map(({ name }) => path.relative(root, name))
}

/** What a second run says of its files takes the place of what the first one said of them. */
export function withSecondTry(first: Report, second: Report): Report {
  const again = new Set(second.testResults.map(({ name }) => name))
  const others = first.testResults.filter(({ name }) => !again.has(name))
  return { success: second.success, testResults: [...others, ...second.testResults] }
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
