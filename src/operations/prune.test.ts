import { expect, test } from 'vitest'
import { exampleId, exampleSnapshot } from '../snapshots/examples.ts'
import { ofVolumesThat, planPrune, planUndelete, snapshotFilters } from './prune.ts'

const day = 24 * 60 * 60 * 1000
const now = new Date('2026-11-23T12:00:00.000Z')
const options = {
  rules: { last: 1 },
  grace: 3 * day,
  undoKeep: 7 * day,
  onlyUndoCopies: false,
  force: false,
  now,
}
const [old, young] = [exampleSnapshot(exampleId(1)), exampleSnapshot(exampleId(2))]
const other = exampleSnapshot(exampleId(3), 'uploads')

test('what no rule keeps goes to the trash, and what stays says why', () => {
  expect(planPrune([other, young, old], [], options).steps).toEqual([
    {
      do: 'trash-snapshot',
      volume: 'pgdata',
      id: old.id,
      until: '2026-11-26T12:00:00.000Z',
      why: 'no rule keeps it',
    },
    { do: 'keep-snapshot', volume: 'pgdata', id: young.id, why: expect.stringContaining('among the last 1') },
    { do: 'keep-snapshot', volume: 'uploads', id: other.id, why: expect.stringContaining('the newest') },
  ])
})

test('without a grace time it is gone at once', () => {
  expect(planPrune([young, old], [], { ...options, grace: 0 }).steps).toMatchObject([
    { do: 'remove-snapshot', id: old.id },
    { do: 'keep-snapshot', id: young.id },
  ])
})

test('what was long enough in the trash goes for good', () => {
  const trashed = [
    { ...old, until: '2026-11-23T11:59:59.000Z' },
    { ...young, until: '2026-11-23T12:00:01.000Z' },
    { ...young, id: exampleId(9), until: 'some day' },
  ]
  const listed = exampleSnapshot(exampleId(10))
  expect(planPrune([listed], trashed, options).steps).toMatchObject([
    { do: 'keep-snapshot', id: listed.id },
    { do: 'remove-snapshot', volume: 'pgdata', id: old.id },
  ])
})

test('where no good snapshot is listed, the trash stays', () => {
  const trashed = [{ ...old, until: '2026-11-23T11:59:59.000Z' }]
  const damaged = { ...young, verification: { bytes: { at: now.toISOString(), good: false, about: '' } } }
  expect(planPrune([], trashed, options).steps).toEqual([])
  expect(planPrune([damaged], trashed, options).steps).toMatchObject([{ do: 'keep-snapshot', id: young.id }])
})

test.each([{}, { last: 0 }, { last: 0, within: 0 }])('without a rule it refuses: %j', (rules) => {
  expect(() => planPrune([old], [], { ...options, rules })).toThrow(
    expect.objectContaining({ code: 'USAGE', exit: 2 }),
  )
})

test('undo copies go by their age, and need no rule; the last of a volume stays', () => {
  const copy = (number: number, days: number) => {
    const snapshot = exampleSnapshot(exampleId(number))
    const at = new Date(now.getTime() - days * day).toISOString()
    const undo = { operation: String(number), takenBy: 'restore', replacedBy: old.id, at } as const
    return { ...snapshot, config: { ...snapshot.config, undo } }
  }
  const [first, second, third] = [copy(11, 20), copy(12, 10), copy(13, 1)]
  const all = [old, young, first, second, third]
  const keepUndo = { do: 'keep-snapshot', id: third.id, why: expect.stringContaining('undo copy') }
  expect(planPrune(all, [], options).steps).toMatchObject([
    { do: 'trash-snapshot', id: old.id },
    { do: 'keep-snapshot', id: young.id },
    { do: 'trash-snapshot', id: first.id, why: 'an undo copy that has had its time' },
    { do: 'trash-snapshot', id: second.id },
    keepUndo,
  ])
  expect(planPrune(all, [], { ...options, rules: {}, onlyUndoCopies: true, grace: 0 }).steps).toMatchObject([
    { do: 'remove-snapshot', id: first.id },
    { do: 'remove-snapshot', id: second.id },
    keepUndo,
  ])
})

/** One of the only set that there is. */
function inSet(number: number, volume: string) {
  const snapshot = exampleSnapshot(exampleId(number), volume)
  const set = { id: exampleId(20), project: 'shop', volumes: ['pgdata', 'uploads'] }
  return { ...snapshot, config: { ...snapshot.config, set } }
}

test('a set stays whole or goes whole, also when only some volumes are meant', () => {
  const [data, uploads] = [inSet(20, 'pgdata'), inSet(21, 'uploads')]
  const later = exampleSnapshot(exampleId(22))
  const among = new Set(['pgdata'])
  const trashed = [{ ...other, until: '2026-11-23T11:59:59.000Z' }]
  expect(planPrune([data, uploads, later], trashed, { ...options, among }).steps).toEqual([
    {
      do: 'keep-snapshot',
      volume: 'pgdata',
      id: data.id,
      why: `with uploads in the set shop@${exampleId(20)}, which stays whole`,
    },
    { do: 'keep-snapshot', volume: 'pgdata', id: later.id, why: expect.stringContaining('the newest') },
  ])
  const last = exampleSnapshot(exampleId(23), 'uploads')
  expect(planPrune([data, uploads, later, last], [], options).steps).toMatchObject([
    { do: 'trash-snapshot', id: data.id },
    { do: 'keep-snapshot', id: later.id },
    { do: 'trash-snapshot', id: uploads.id },
    { do: 'keep-snapshot', id: last.id },
  ])
})

test('what is brought back is brought back once, and must be in the trash', () => {
  expect(planUndelete([old, old], [old]).steps).toEqual([
    { do: 'untrash-snapshot', volume: 'pgdata', id: old.id, why: 'asked for' },
  ])
  expect(() => planUndelete([old, young], [old])).toThrow(
    expect.objectContaining({ code: 'SNAPSHOT_NOT_FOUND', message: expect.stringContaining(young.id) }),
  )
})

test('a filter takes all of a volume or nothing, by its newest snapshot', () => {
  const renamed = { ...young, config: { ...young.config, compose: { project: 'new', services: [] } } }
  const ofProject = (project: string) =>
    ofVolumesThat((newest) => snapshotFilters['project']?.(newest, project) ?? false, [renamed, old, other])
  expect(ofProject('new')).toEqual([renamed, old])
  expect(ofProject('shop')).toEqual([other])
})

test.each([
  ['name', 'gdat', true],
  ['name', 'x', false],
  ['project', 'shop', true],
  ['label', 'com.docker.compose.project', true],
  ['label', 'com.docker.compose.project=shop', true],
  ['label', 'com.docker.compose.project=shed', false],
  ['label', 'toString', false],
])('the filter %s=%s', (key, value, passes) => {
  expect(snapshotFilters[key]?.(old, value)).toBe(passes)
})
