import { expect, test } from 'vitest'
import { compareIds, isSnapshotId, newSnapshotId } from './id.ts'

test('an ID is the time in UTC and a bit of chance', () => {
  const id = newSnapshotId(new Date('2026-11-23T08:11:55.999+01:00'), () => Buffer.from([0x3f, 0x9c]))
  expect(id).toBe('20261123T071155Z-3f9c')
})

test('two IDs of one moment differ', () => {
  const now = new Date()
  const ids = new Set(Array.from({ length: 20 }, () => newSnapshotId(now)))
  expect(ids.size).toBeGreaterThan(15)
  for (const id of ids) expect(isSnapshotId(id)).toBe(true)
})

test('IDs sort by time', () => {
  const times = [
    '2026-01-31T23:59:59Z',
    '2026-02-01T00:00:00Z',
    '2026-10-01T00:00:00Z',
    '2027-01-01T00:00:00Z',
  ]
  const ids = times.map((time) => newSnapshotId(new Date(time)))
  expect(ids.toReversed().sort(compareIds)).toEqual(ids)
})

test.each([
  'latest',
  '20261123',
  '20261123T071155Z-3F9C',
  '20261123T071155Z-3f9c\n',
  ' 20261123T071155Z-3f9c',
  '',
])('%j is not an ID', (text) => {
  expect(isSnapshotId(text)).toBe(false)
})
