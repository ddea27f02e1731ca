import { expect, test } from 'vitest'

import { cutTo, displayWidth } from './display-width.ts'
import { table } from './table.ts'

type Row = { name: string; driver: string }
const columns = [
  { header: 'DRIVER', value: (row: Row) => row.driver },
  { header: 'VOLUME NAME', value: (row: Row) => row.name },
]

test('a table looks like that of docker volume ls', () => {
  const text = table(columns, [
    { driver: 'local', name: 'pgdata' },
    { driver: 'a-long-driver', name: 'media' },
  ])
  expect(text).toBe('DRIVER          VOLUME NAME\nlocal           pgdata\na-long-driver   media\n')
})

test('columns are at least ten wide, headers stand without rows', () => {
  expect(table(columns, [])).toBe('DRIVER    VOLUME NAME\n')
})

test('wide letters take two columns', () => {
  const rows = [
    { driver: '本番データ領域', name: 'a' },
    { driver: 'é'.repeat(14), name: 'b' },
  ]
  const lines = table(columns, rows).split('\n')
  expect(lines[1]).toBe('本番データ領域   a')
  expect(lines[2]).toBe(`${'é'.repeat(14)}   b`)
})

test('a value cannot forge a line or move the cursor', () => {
  const text = table(columns, [{ driver: 'local', name: 'x\u001b[2J\nlocal     forged' }])
  expect(text.split('\n')).toHaveLength(3)
  expect(text).toContain(String.raw`x\x1b[2J\nlocal     forged`)
})

test.each([
  ['abc', 3],
  ['本', 2],
  ['e\u0301', 1],
  ['👩‍👩‍👧', 2],
  ['\u200b', 0],
])('%s takes %d columns', (text, width) => expect(displayWidth(text)).toBe(width))

test('what is too long is cut with an ellipsis', () => {
  expect(cutTo('abcdef', 4)).toBe('abc…')
  expect(cutTo('本番デ', 4)).toBe('本…')
  expect(cutTo('abc', 3)).toBe('abc')
})
