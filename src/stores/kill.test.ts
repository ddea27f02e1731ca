import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { directoryStore } from './directory.ts'

/*
 * A process that takes and removes snapshots is killed (SIGKILL) at a chosen one of its system calls; then the store
 * must list exactly what it had been told to keep, whole, and cleaning must leave nothing else. strace does the killing.
 * Without it the process is killed after a random time, which finds less. The same is asked when a call fails.
 */
const rounds = 2 * Number(process.env['VOL_TEST_ROUNDS'] ?? '1')
const calls = [
  'openat',
  'write',
  'fsync',
  'rename',
  'unlink',
  'unlinkat',
  'rmdir',
  'mkdir',
  'symlink',
] as const
const writer = fileURLToPath(new URL('busy-writer.ts', import.meta.url))
const snapshotsPerRound = 12
const hasStrace = spawnSync('strace', ['-V']).status === 0
const environment = { ...process.env, UV_USE_IO_URING: '0', UV_THREADPOOL_SIZE: '1', NODE_OPTIONS: '' }

type Run = { readonly output: readonly string[]; readonly failed: boolean }

function runWriter(location: string, first: number, wrapper: readonly string[], timeout?: number): Run {
  const command = [...wrapper, process.execPath, writer, location, String(first), String(snapshotsPerRound)]
  const [program = '', ...words]: readonly string[] = command
  const { stdout, status, error } = spawnSync(program, words, {
    env: environment,
    encoding: 'latin1',
    ...(timeout === undefined ? {} : { timeout, killSignal: 'SIGKILL' }),
  })
  if (error !== undefined && timeout === undefined) throw error
  return { output: stdout.split('\n'), failed: status !== 0 }
}

/** For each call, the first and last number that it has in the thread that makes most of them, once `ready`. */
function countCalls(): ReadonlyMap<string, { readonly first: number; readonly last: number }> {
  const directory = mkdtempSync(path.join(tmpdir(), 'vol-count-'))
  const log = path.join(directory, 'log')
  const trace = ['strace', '-f', '-qq', '-o', log, '-e', `trace=${calls.join(',')}`]
  runWriter(path.join(directory, 'store'), 0, trace)
  const ranges = new Map<string, { first: number; last: number }>()
  const counts = new Map<string, number>()
  let ready = false
  for (const line of readFileSync(log, 'latin1').split('\n')) {
    const [, thread = '', call = ''] = /^(\d+) +(\w+)\(/.exec(line) ?? []
    if (call === '') continue
    const count = (counts.get(thread + call) ?? 0) + 1
    counts.set(thread + call, count)
    if (line.includes('ready')) ready = true
    else if (ready && count > (ranges.get(call)?.last ?? 0)) {
      ranges.set(call, { first: ranges.get(call)?.first ?? count, last: count })
    }
  }
  rmSync(directory, { recursive: true })
  return ranges
}

async function checkStore(location: string, said: readonly string[]): Promise<void> {
  const store = directoryStore(location)
  const before = await store.list()
  const inTrash = await store.trashed()
  expect(await store.problems()).toEqual([])
  const found = [...before, ...inTrash].map(({ id }) => id)
  const listed = new Set(found)
  // Each is in the list or in the trash, never in both.
  expect(listed.size).toBe(found.length)
  const removed = new Set(wordsAfter(said, 'removing'))
  for (const id of wordsAfter(said, 'committed')) {
    if (!removed.has(id)) expect(listed).toContain(id)
  }
  await store.clean()
  expect(await store.list()).toEqual(before)
  const stayed = await store.trashed()
  // What was past its time is gone if others are listed; nothing else is.
  const past = inTrash.filter(({ until }) => new Date(until) < new Date())
  expect(stayed).toEqual(before.length === 0 ? inTrash : inTrash.filter((each) => !past.includes(each)))
  const all = [...before, ...stayed.map(({ snapshot }) => snapshot)]
  if (all.length === 0) {
    // Killed early enough, it has not even made the directory.
    expect(existsSync(location) ? readdirSync(location) : []).toEqual([])
    return
  }
  const volume = path.join(location, 'pgdata')
  const needed = new Set<string>()
  for (const snapshot of all) {
    if (snapshot === undefined) throw new Error('What is in the trash cannot be read')
    const { manifest, manifestDigest } = snapshot
    for (const { digest } of [...manifest.layers, manifest.config]) needed.add(digest)
    needed.add(manifestDigest)
  }
  const there = readdirSync(path.join(volume, 'blobs/sha256'))
  expect(there.map((name) => `sha256:${name}`).sort()).toEqual([...needed].sort())
  for (const name of there) {
    const bytes = readFileSync(path.join(volume, 'blobs/sha256', name))
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(name)
  }
  expect(readdirSync(location)).toEqual(['pgdata'])
  expect(readdirSync(volume).sort()).toEqual(['blobs', 'index.json', 'oci-layout', 'tmp'])
  expect(readdirSync(path.join(volume, 'tmp'))).toEqual([])
}

function wordsAfter(lines: readonly string[], verb: string): readonly string[] {
  return lines.filter((line) => line.startsWith(`${verb} `)).map((line) => line.slice(verb.length + 1))
}

const ranges = hasStrace ? countCalls() : new Map<string, { first: number; last: number }>()

/** Lets one writer after another meet the fault; gives how many did not end well. */
async function torment(call: string, fault: string): Promise<number> {
  const directory = mkdtempSync(path.join(tmpdir(), 'vol-kill-'))
  const location = path.join(directory, 'store')
  const said: string[] = []
  let failures = 0
  for (let round = 0; round < rounds; round += 1) {
    const range = ranges.get(call)
    if (hasStrace && range === undefined) throw new Error(`The writer never calls ${call}`)
    const { first, last } = range ?? { first: 0, last: 0 }
    const when = first + Math.floor(((last - first + 1) * (round + Math.random())) / rounds)
    const inject = `inject=${call}:${fault}:when=${when}`
    const wrapper = ['strace', '-f', '-qq', '-o', '/dev/null', '-e', `trace=${call}`, '-e', inject]
    const { output, failed } = hasStrace
      ? runWriter(location, round * snapshotsPerRound, wrapper)
      : runWriter(location, round * snapshotsPerRound, [], 50 + Math.random() * 200)
    said.push(...output)
    if (failed) failures += 1
    // Every other time the next writer finds what the last one left.
    if (round % 2 === 1 || round === rounds - 1) await checkStore(location, said)
  }
  rmSync(directory, { recursive: true })
  return failures
}

test.each(calls)(
  'killed at any %s, the store keeps its promises',
  { timeout: 60_000 * rounds },
  async (call) => {
    expect(await torment(call, 'signal=KILL')).toBeGreaterThan(0)
  },
)

test.runIf(hasStrace).each([
  ['fsync', 'EIO'],
  ['rename', 'EIO'],
  ['openat', 'EMFILE'],
  ['write', 'ENOSPC'],
  ['unlink', 'EIO'],
])(
  'when a %s fails with %s, the store keeps its promises',
  { timeout: 60_000 * rounds },
  async (call, error) => {
    // Some calls may fail without harm, so that no failure is asked for.
    await torment(call, `error=${error}`)
  },
)
