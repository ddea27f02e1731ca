/** What is asked before something is replaced or removed, on a terminal and without one. */
import path from 'node:path'
import { beforeAll, beforeEach, expect, inject, test } from 'vitest'
import { expectDone, expectExit, onlyReference } from './checks.ts'
import { start, type RunResult } from './running.ts'
import { scenario } from './scenario.ts'

const bed = await scenario('questions')
let volume = ''
let reference = ''

beforeAll(async () => {
  volume = await bed.volume('asked')
  await bed.shell(volume, 'echo then >file')
  reference = await another()
})
beforeEach(async () => void (await bed.shell(volume, 'echo now >file')))

const another = async () => onlyReference(await bed.vol('snapshot', '--quiet', volume))

/** Runs a command on a terminal and answers its question; what is typed and what is shown come out together. */
function answered(text: string, ...words: readonly string[]): Promise<RunResult> {
  const terminal = path.join(import.meta.dirname, 'answer.py')
  const docker = inject('bed').docker
  return start('python3', [terminal, text, docker, 'vol', ...words], { ...bed.environment, TERM: 'xterm' })
    .ended
}

const content = () => bed.shell(volume, 'cat file')

test.each([
  ['y', String.raw`y\n`],
  ['YES', String.raw`YES\n`],
])('a restore that is answered with %s must be done', async (_, typed) => {
  const { exitCode, stdout } = await answered(typed, 'restore', reference)
  expect(exitCode, stdout).toBe(0)
  expect(stdout).toContain(`The contents of the volume "${volume}" will be replaced. Continue? [y/N] `)
  expect(await content()).toBe('then\n')
})

test.each([
  ['n', String.raw`n\n`, 5, 'Nothing was changed.'],
  ['nothing', String.raw`\n`, 5, 'Nothing was changed.'],
  ['something else', String.raw`yeah\n`, 5, 'Nothing was changed.'],
  ['the end of input', String.raw`\x04`, 5, 'Nothing was changed.'],
  ['Ctrl-C', String.raw`\x03`, 130, 'Interrupted'],
] as const)('a restore that is answered with %s must change nothing', async (_, typed, exit, message) => {
  const { exitCode, stdout } = await answered(typed, 'restore', reference)
  expect(exitCode, stdout).toBe(exit)
  expect(stdout).toContain(message)
  // The answer stands on a line of its own.
  expect(stdout).not.toMatch(/\[y\/N\] (Error|Interrupted)/)
  expect(await content()).toBe('now\n')
})

test('removing must name what latest came to, and ask', async () => {
  const newest = await another()
  const declined = await answered(String.raw`n\n`, 'rm', `${volume}@latest`)
  expect(declined.stdout).toContain(`Remove the snapshot ${newest}? [y/N] `)
  expect(declined.exitCode).toBe(5)
  expect(expectDone(await bed.vol('snapshots', '--quiet', volume))).toContain(newest)
  const removed = await answered(String.raw`y\n`, 'rm', `${volume}@latest`)
  expect(removed.exitCode, removed.stdout).toBe(0)
  expect(expectDone(await bed.vol('snapshots', '--quiet', volume)).trim()).toBe(reference)
})

test('without a terminal nothing must be asked or done, whatever comes on standard input', async () => {
  const hint =
    /Error: .*There is no terminal to ask on, so nothing was done\.\n\nAdd --yes if that is meant\.\n$/
  for (const words of [
    ['restore', reference],
    ['restore', '--path=file', reference],
    ['rm', await another()],
  ]) {
    const result = await bed.vol(...words, { input: 'y\n' })
    expectExit(result, 5, hint)
    expect(result.stdout).toBe('')
  }
  expect(await content()).toBe('now\n')
  expect(expectDone(await bed.vol('snapshots', '--quiet', volume))).toContain(reference)
})

test('--yes must be enough without a terminal, and on one nothing must be asked', async () => {
  expectDone(await bed.vol('restore', '-y', reference))
  expect(await content()).toBe('then\n')
  const removed = await answered('', 'rm', '--yes', await another())
  expect(removed.exitCode, removed.stdout).toBe(0)
  expect(removed.stdout).not.toContain('[y/N]')
})

test('the last snapshot must be kept even with --yes, unless --force is given', async () => {
  for (const listed of expectDone(await bed.vol('snapshots', '--quiet', volume))
    .trim()
    .split('\n')
    .slice(1))
    expectDone(await bed.vol('rm', '--yes', listed))
  const refused = await bed.vol('rm', '--yes', `${volume}@latest`)
  expectExit(refused, 5, 'Add --force if that is meant.')
  expect(expectDone(await bed.vol('snapshots', '--quiet', volume))).not.toBe('')
  expectDone(await bed.vol('rm', '--yes', '--force', `${volume}@latest`))
  expectExit(await bed.vol('snapshots', volume), 4)
})
