/** The plugin as a process of its own, without docker in front of it, so that a test can end it where it wants. */
import { mkdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import process from 'node:process'
import { inject } from 'vitest'
import { start, type RunOptions, type Running, type RunResult } from './running.ts'
import type { Scenario } from './scenario.ts'

/** System calls at which a process can leave something behind. */
export const fileOperations = [
  'openat',
  'write',
  'fsync',
  'rename',
  'mkdir',
  'unlink',
  'rmdir',
  'symlink',
] as const
export type FileOperation = (typeof fileOperations)[number]

/** Where a call stands among those of its kind in the process: the first and the last that count. */
export type CallRange = { readonly first: number; readonly last: number }

// One thread for file operations, so that their numbers are the same each time.
const steady = { UV_USE_IO_URING: '0', UV_THREADPOOL_SIZE: '2', NODE_OPTIONS: '' }

/** Starts the plugin's own process; its id is that of the Node which runs it. */
export function startPlugin(
  bed: Scenario,
  words: readonly string[],
  options: RunOptions = {},
  wrapper: readonly string[] = [],
): Running {
  const main = path.join(inject('installed').product, 'dist', 'main.js')
  const [program = '', ...rest] = [...wrapper, process.execPath, main, ...words]
  return start(program, rest, { ...bed.environment, TMPDIR: temporaryFolder(bed), ...steady }, options)
}

/** Where the plugin keeps what it shares with its helpers; of this test file alone. */
export function temporaryFolder(bed: Scenario): string {
  return path.join(bed.folder, 'tmp')
}

/** Ends the plugin with SIGKILL as it is about to do the given file operation for the n-th time. */
export async function runKilledAt(
  bed: Scenario,
  words: readonly string[],
  call: FileOperation,
  when: number,
): Promise<RunResult> {
  await mkdir(temporaryFolder(bed), { recursive: true })
  return await startPlugin(bed, words, {}, [
    ...traced([call], '/dev/null'),
    `--inject=${call}:signal=KILL:when=${when}`,
  ]).ended
}

/** Runs the plugin to its end and says which file operations it makes once it has come to `place`. */
export async function rangesOfCalls(
  bed: Scenario,
  words: readonly string[],
  place: string,
): Promise<ReadonlyMap<FileOperation, CallRange>> {
  await mkdir(temporaryFolder(bed), { recursive: true })
  const log = path.join(bed.folder, 'calls')
  const { exitCode, stderr } = await startPlugin(bed, words, {}, traced(fileOperations, log)).ended
  if (exitCode !== 0) throw new Error(`${words.join(' ')} ended with ${exitCode}:\n${stderr}`)
  return countedFrom(await readFile(log, 'latin1'), place)
}

/** Threads are followed, but not the programs that the plugin starts. */
function traced(calls: readonly string[], log: string): string[] {
  return ['strace', '-f', '-b', 'execve', '-qq', '-o', log, '-e', `trace=${calls.join(',')}`]
}

function countedFrom(log: string, place: string): ReadonlyMap<FileOperation, CallRange> {
  const ranges = new Map<FileOperation, CallRange>()
  const counts = new Map<string, number>()
  let arrived = false
  for (const line of log.split('\n')) {
    const [, thread = '', name = ''] = /^(\d+) +(\w+)\(/.exec(line) ?? []
    const call = fileOperations.find((each) => each === name)
    if (call === undefined) continue
    const count = (counts.get(thread + call) ?? 0) + 1
    counts.set(thread + call, count)
    arrived ||= line.includes(place)
    if (arrived && count > (ranges.get(call)?.last ?? 0))
      ranges.set(call, { first: ranges.get(call)?.first ?? count, last: count })
  }
  return ranges
}
