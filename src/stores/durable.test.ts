import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { replaceFile } from './durable.ts'

let directory: string
beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'vol-durable-'))
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

test('a file is replaced by another, not written over', async () => {
  const file = path.join(directory, 'index.json')
  writeFileSync(file, 'old')
  const before = statSync(file).ino
  await replaceFile(file, Buffer.from('new'), { temporary: path.join(directory, 'new'), directory })
  expect(readFileSync(file, 'latin1')).toBe('new')
  expect(statSync(file).ino).not.toBe(before)
  expect(readdirSync(directory)).toEqual(['index.json'])
})

test('a file that cannot be replaced stays, and nothing else is left', async () => {
  const file = path.join(directory, 'missing', 'index.json')
  const temporary = path.join(directory, 'new')
  await expect(replaceFile(file, Buffer.from('new'), { temporary, directory })).rejects.toMatchObject({
    code: 'ENOENT',
  })
  expect(readdirSync(directory)).toEqual([])
})

type Event = { readonly call: string; readonly path: string; readonly target: string }

/** What one snapshot asks of the disk, in the order in which it was done. */
function trace(): readonly Event[] {
  const log = path.join(directory, 'log')
  const store = path.join(directory, 'store')
  // So slow that whoever does not wait for one is seen.
  const slowly = 'inject=fsync:delay_enter=20000'
  const writer = fileURLToPath(new URL('busy-writer.ts', import.meta.url))
  const words = ['-f', '-y', '-qq', '-o', log, '-e', 'trace=write,fsync,rename', '-e', slowly]
  const { status } = spawnSync('strace', [...words, process.execPath, writer, store, '0', '1'], {
    env: { ...process.env, UV_USE_IO_URING: '0', NODE_OPTIONS: '' },
  })
  expect(status).toBe(0)
  /** Calls that another thread's interrupted in the log: done only when they are resumed. */
  const unfinished = new Map<string, Event>()
  return readFileSync(log, 'latin1')
    .split('\n')
    .flatMap((line): readonly Event[] => {
      const thread = line.split(' ', 1)[0] ?? ''
      if (line.includes(' resumed>')) {
        const resumed = unfinished.get(thread)
        unfinished.delete(thread)
        return resumed === undefined ? [] : [resumed]
      }
      const event = read(line)
      if (event === undefined || !line.includes('<unfinished')) return event === undefined ? [] : [event]
      unfinished.set(thread, event)
      return []
    })
}

function read(line: string): Event | undefined {
  if (line.includes('committed ')) return { call: 'committed', path: '', target: '' }
  const rename = /rename\("([^"]*)", "([^"]*)"/.exec(line)
  if (rename !== null) return { call: 'rename', path: rename[1] ?? '', target: rename[2] ?? '' }
  const [, call, file] = /(write|fsync)\(\d+<([^>]*)>/.exec(line) ?? []
  return call === undefined || file === undefined ? undefined : { call, path: file, target: '' }
}

test.runIf(spawnSync('strace', ['-V']).status === 0)(
  'a snapshot is listed only when all of it has been brought to the disk',
  () => {
    // What the writer does after that is another story.
    const all = trace()
    const events = all.slice(0, all.findIndex(({ call }) => call === 'committed') + 1)
    const volume = path.join(directory, 'store', 'pgdata')
    const blobs = path.join(volume, 'blobs', 'sha256')
    const at = (call: string, where: string): number =>
      events.findLastIndex((event) => event.call === call && event.path === where)

    const placed = events.filter((event) => event.call === 'rename' && path.dirname(event.target) === blobs)
    // Three layers, the config, the manifest.
    expect(placed).toHaveLength(5)
    for (const { path: draft } of placed) {
      expect(at('fsync', draft)).toBeGreaterThan(at('write', draft))
      expect(at('rename', draft)).toBeGreaterThan(at('fsync', draft))
    }
    const listed = events.findLastIndex((event) => event.target === path.join(volume, 'index.json'))
    const index = events[listed]?.path ?? ''
    const lastPlaced = events.findLastIndex((event) => path.dirname(event.target) === blobs)
    const blobsSynced = events.map((event) => event.call === 'fsync' && event.path === blobs)
    // Once for what the manifest names, once for the manifest.
    expect(blobsSynced.slice(0, lastPlaced).lastIndexOf(true)).toBeGreaterThan(
      events.findLastIndex((event, place) => place < lastPlaced && path.dirname(event.target) === blobs),
    )
    expect(blobsSynced.slice(lastPlaced, listed)).toContain(true)
    expect(at('fsync', index)).toBeGreaterThan(at('write', index))
    expect(listed).toBeGreaterThan(at('fsync', index))
    expect(at('fsync', volume)).toBeGreaterThan(listed)
    expect(at('committed', '')).toBeGreaterThan(at('fsync', volume))
    const storeSynced = at('fsync', path.join(directory, 'store'))
    expect(storeSynced).toBeGreaterThan(-1)
    expect(storeSynced).toBeLessThan(listed)
  },
)
