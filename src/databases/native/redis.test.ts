import { describe, expect, test } from 'vitest'
import type { Container } from '../../facts.ts'
import { readProbe } from './ask-servers.ts'
import { fileForm, readWell } from './redis-backup.ts'
import { coveredByRedis, decideRedis } from './redis-decision.ts'

// Only its name is of interest here.
// oxlint-disable-next-line typescript/no-unsafe-type-assertion
const container = { id: 'abc', name: 'shop-cache-1' } as Container
const answered = `dbfilename=dump.rdb
appendonly=no
redis_version=8.0.2
used_memory_dataset=72688
loading=0
aof_enabled=0
role=master
cluster_enabled=0
`
const decide = (output: string) => decideRedis(container, { kind: 'redis', path: '.' }, readProbe(output))

describe('Redis copies itself', () => {
  test('where all of it is in one file', () => {
    expect(decide(answered)).toEqual({
      possible: true,
      plan: { database: 'redis', container, path: '.', file: 'dump.rdb', bytes: 72_688 },
      why: 'Redis saves all of its data at one instant while it runs (BGSAVE in container "shop-cache-1")',
    })
  })

  test.each([
    [/lets nobody in/, /^/, 'problem=lets nobody in: NOAUTH\n'],
    [/has not loaded/, 'loading=0', 'loading=1'],
    [/append-only file/, 'appendonly=no', 'appendonly=yes'],
    [/append-only file/, 'aof_enabled=0', 'aof_enabled=1'],
    [/a node of a cluster/, 'cluster_enabled=0', 'cluster_enabled=1'],
    [/"..\/dump" is unusual/, 'dump.rdb', '../dump'],
  ])('not where %s', (why, what, instead) => {
    expect(decide(answered.replace(what, instead))).toEqual({
      possible: false,
      why: expect.stringMatching(why),
    })
  })

  test('not where anything that it must know is missing', () => {
    for (const name of ['dbfilename', 'appendonly', 'loading', 'aof_enabled', 'cluster_enabled'])
      expect(decide(answered.replace(new RegExp(`^${name}=.*\n`, 'm'), '')).possible).toBe(false)
  })

  test('with the names of unfinished saves beside the file', () => {
    expect(coveredByRedis({ path: 'deep/er', file: 'x.rdb' })).toEqual({
      files: ['deep/er/x.rdb', 'deep/er/temp-*.rdb'],
    })
  })
})

const whole = (bytes: Uint8Array, piece: number) => {
  const form = fileForm()
  for (let at = 0; at < bytes.length; at += piece) form.push(bytes.subarray(at, at + piece))
  return form.whole()
}
const file = (magic: string, end: readonly number[]) =>
  Buffer.concat([Buffer.from(`${magic}some data`), Buffer.from(end)])

describe('a saved file', () => {
  const end = [0xff, 1, 2, 3, 4, 5, 6, 7, 8]

  test.each([1, 4, 1000])('is whole with its name and its end, in pieces of %d', (piece) => {
    expect(whole(file('REDIS0012', end), piece)).toBe(true)
    expect(whole(file('VALKEY080', end), piece)).toBe(true)
    expect(whole(file('REDIS0012', end.slice(0, -1)), piece)).toBe(false)
    expect(whole(file('REDIS0012', [...end, 0]), piece)).toBe(false)
    expect(whole(file('SQLite 3', end), piece)).toBe(false)
    expect(whole(Buffer.alloc(0), piece)).toBe(false)
  })

  test('may lose its name while it is read, and nothing else', () => {
    expect(readWell(0, '')).toBe(true)
    expect(readWell(1, 'tar: 5: file changed as we read it\n')).toBe(true)
    expect(readWell(1, '')).toBe(false)
    expect(readWell(2, 'tar: 5: file changed as we read it\n')).toBe(false)
    expect(readWell(1, 'tar: 5: File shrank by 7 bytes; padding with zeros\n')).toBe(false)
  })
})
