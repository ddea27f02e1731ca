import { expect, test } from 'vitest'
import { planRemove } from './remove.ts'

const one = { volume: 'pgdata', id: '20260101T000001Z-0001' }
const two = { volume: 'pgdata', id: '20260101T000002Z-0002' }
const other = { volume: 'uploads', id: '20260101T000003Z-0003' }

test('snapshots are removed in the order in which they were named, each once', () => {
  expect(
    planRemove([two, one, two], [one, two, { ...one, id: '20260101T000009Z-0009' }], false).steps,
  ).toMatchObject([
    { do: 'remove-snapshot', ...two },
    { do: 'remove-snapshot', ...one },
  ])
})

test.each([
  ['the only one', [one], [one, other]],
  ['all there are', [one, two], [one, two, other]],
])('the last snapshot of a volume that can be restored stays: %s', (_, wanted, restorable) => {
  expect(() => planRemove(wanted, restorable, false)).toThrow(
    expect.objectContaining({ code: 'LAST_SNAPSHOT', exit: 5, message: expect.stringContaining('pgdata') }),
  )
  expect(planRemove(wanted, restorable, true).steps).toHaveLength(wanted.length)
})

test('one volume’s last snapshot keeps the snapshots of another from being removed with it', () => {
  expect(() => planRemove([one, other], [one, two, other], false)).toThrow(
    expect.objectContaining({ code: 'LAST_SNAPSHOT', message: expect.stringContaining('uploads') }),
  )
})

test('a damaged snapshot goes, as long as nothing that can be restored goes', () => {
  expect(planRemove([one], [two], false).steps).toHaveLength(1)
  expect(planRemove([one], [], false).steps).toHaveLength(1)
})
