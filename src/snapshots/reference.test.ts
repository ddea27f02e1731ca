import { expect, test } from 'vitest'
import { exampleSnapshot } from './examples.ts'
import { formatReference, parseReference, resolveReference } from './reference.ts'

const snapshots = [
  exampleSnapshot('20261121T071155Z-3f9c'),
  exampleSnapshot('20261122T071155Z-0001'),
  exampleSnapshot('20261122T071155Z-0002'),
  exampleSnapshot('20261123T071155Z-3f9c', 'uploads'),
]

function resolve(reference: string): string {
  return formatReference(resolveReference(parseReference(reference), snapshots))
}

test.each([
  ['pgdata@latest', { volume: 'pgdata', id: 'latest' }],
  ['pgdata@20261123T071155Z-3f9c', { volume: 'pgdata', id: '20261123T071155Z-3f9c' }],
  ['pgdata@2026', { volume: 'pgdata', id: '2026' }],
])('%s is a reference', (text, reference) => {
  expect(parseReference(text)).toEqual(reference)
  expect(formatReference(parseReference(text))).toBe(text)
})

test.each([
  'pgdata@',
  'pgdata@newest',
  'pgdata@LATEST',
  '@latest',
  '@',
  'a@b@latest',
  'pgdata@../x',
  'pg data@latest',
  '',
])('%j is not a reference', (text) => {
  expect(() => parseReference(text)).toThrow(expect.objectContaining({ code: 'INVALID_NAME' }))
})

test('a volume alone is answered with how to name its newest snapshot', () => {
  expect(() => parseReference('pgdata')).toThrow(
    expect.objectContaining({
      code: 'INVALID_NAME',
      suggestions: [expect.stringContaining('pgdata@latest')],
    }),
  )
})

test.each([
  ['pgdata@latest', 'pgdata@20261122T071155Z-0002'],
  ['uploads@latest', 'uploads@20261123T071155Z-3f9c'],
  ['pgdata@20261121', 'pgdata@20261121T071155Z-3f9c'],
  ['pgdata@20261122T071155Z-0001', 'pgdata@20261122T071155Z-0001'],
])('%s is %s', (reference, found) => {
  expect(resolve(reference)).toBe(found)
})

test('a beginning that several share is refused, and they are named', () => {
  expect(() => resolve('pgdata@20261122')).toThrow(
    expect.objectContaining({
      code: 'INVALID_NAME',
      suggestions: ['pgdata@20261122T071155Z-0002', 'pgdata@20261122T071155Z-0001'],
    }),
  )
})

test('what is not there is answered with what is nearest', () => {
  expect(() => resolve('pgdata@20261121T08')).toThrow(
    expect.objectContaining({
      code: 'SNAPSHOT_NOT_FOUND',
      suggestions: expect.arrayContaining(['Did you mean pgdata@20261121T071155Z-3f9c?']),
    }),
  )
})

test('the snapshot of another volume is not taken', () => {
  expect(() => resolve('pgdata@20261123')).toThrow(expect.objectContaining({ code: 'SNAPSHOT_NOT_FOUND' }))
  expect(() => resolve('upload@latest')).toThrow(
    expect.objectContaining({ code: 'SNAPSHOT_NOT_FOUND', suggestions: ['Did you mean uploads@latest?'] }),
  )
  expect(() => resolve('cache@latest')).toThrow(expect.objectContaining({ code: 'SNAPSHOT_NOT_FOUND' }))
})
