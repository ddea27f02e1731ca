import { describe, expect, test } from 'vitest'
import { exampleContainer, exampleObserved, exampleVolume } from '../examples.ts'
import type { DatabaseFacts } from '../facts.ts'
import { exampleId, exampleSnapshot } from '../snapshots/examples.ts'
import type { StoredSnapshot } from '../snapshots/format.ts'
import { contentsOf, inWords, isPlainVolume } from './contents.ts'
import { exampleLook, madeUpLook } from './examples.ts'

const recorded: DatabaseFacts = {
  kind: 'mysql',
  version: '8.4',
  path: '.',
  recognisedBy: 'files',
  details: { serverVersion: '8.4.5' },
}

/** A snapshot that says what it holds, made some days after the volume. */
function snapshot(days: number, databases?: readonly DatabaseFacts[]): StoredSnapshot {
  const plain = exampleSnapshot(exampleId(days))
  const created = new Date(Date.UTC(2026, 0, 10 + days)).toISOString()
  const config = { ...plain.config, created, ...(databases === undefined ? {} : { databases }) }
  return { ...plain, config }
}

const volume = exampleVolume({ createdAt: '2026-01-10T00:00:00Z' })
const unused = exampleObserved({ volume })
const used = exampleObserved({
  volume,
  consumers: [
    exampleContainer({
      image: 'postgres:17',
      mounts: [{ volume: volume.name, destination: '/var/lib/postgresql/data', readOnly: false }],
    }),
  ],
})

describe('what a volume holds is known', () => {
  test('from the container that mounts it, rather than from a snapshot', () => {
    expect(contentsOf(used, [snapshot(1, [recorded])])).toMatchObject([{ kind: 'postgres', version: '17' }])
  })

  test('from the last snapshot that says it, when nothing mounts it', () => {
    const older = { ...recorded, version: '8.0' }
    expect(contentsOf(unused, [snapshot(1, [older]), snapshot(2, [recorded]), snapshot(3)])).toEqual([
      recorded,
    ])
  })

  test('from a look, rather than from all else', () => {
    expect(contentsOf(used, [snapshot(1, [recorded])], exampleLook('postgres-15'))).toMatchObject([
      { version: '15' },
    ])
    expect(contentsOf(used, [snapshot(1, [recorded])], madeUpLook({}))).toEqual([])
  })

  test('not from a snapshot of another volume that had its name before', () => {
    expect(contentsOf(unused, [snapshot(-1, [recorded])])).toEqual([])
    const undated = exampleObserved({ volume: exampleVolume({ createdAt: '' }) })
    expect(contentsOf(undated, [snapshot(1, [recorded])])).toEqual([])
  })
})

test('only plain local volumes can be looked into without waiting for anything', () => {
  expect(isPlainVolume(unused)).toBe(true)
  expect(isPlainVolume({ volume: { ...volume, driver: 'rexray' } })).toBe(false)
  expect(isPlainVolume({ volume: { ...volume, options: { type: 'nfs' } } })).toBe(false)
})

test('in words, each kind and version is said once', () => {
  const file: DatabaseFacts = { kind: 'sqlite', path: 'a.db', recognisedBy: 'files', details: {} }
  expect(inWords([recorded, file, { ...file, path: 'b.db' }])).toEqual(['mysql 8.4', 'sqlite'])
  expect(inWords([])).toEqual([])
})
