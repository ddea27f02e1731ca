import { expect, test } from 'vitest'
import { readRows } from './rows.ts'

const digest = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'
const table = (name: string, more: Readonly<Record<string, string | null>> = {}) =>
  `@${JSON.stringify({ schema: 'public', table: name, kind: 'r', partition: null, extension: null, ...more })}`

test('how many rows and their digest come in either order, as versions of psql print them', () => {
  const lines = [table('a'), 'COPY 3', `${digest}  -`, table('b\n"'), `${digest}  -`, 'COPY 12345678901']
  expect(readRows('shop', lines).map(({ name, fields }) => [name, fields['rows'], fields['sha256']])).toEqual(
    [
      ['public.a', 3, digest],
      ['public.b\n"', 12_345_678_901, digest],
    ],
  )
})

test('sums must keep every digit', () => {
  const lines = [table('m', { kind: 'm' }), 'COPY 0', `${digest}  -`, '=[-92233720368547758081, 3]']
  expect(readRows('shop', lines)[0]?.fields['sums']).toEqual(['-92233720368547758081', '3'])
})

test('a view that was never filled has no rows, which is not the same as none', () => {
  expect(readRows('shop', [table('m', { kind: 'm' }), 'not filled'])[0]?.fields).toMatchObject({
    rows: null,
    sha256: null,
  })
})

test.each([
  ['no digest', [table('a'), 'COPY 3']],
  ['no number of rows: the server stopped amid them', [table('a'), `${digest}  -`]],
  ['nothing', [table('a'), table('b'), 'COPY 0', `${digest}  -`]],
])('a table of which came %s must not be taken for read', (_, lines) => {
  expect(() => readRows('shop', lines)).toThrow('No digest came of the rows of "public.a"')
})
