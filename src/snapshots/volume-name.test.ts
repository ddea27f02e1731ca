import { expect, test } from 'vitest'
import { VolError } from '../errors.ts'
import { checkVolumeName, isVolumeName } from './volume-name.ts'

test.each(['pgdata', 'shop_pgdata', 'a1', '0-9', 'A.b_c-d', 'x'.repeat(255), 'f'.repeat(64)])(
  '%s is a volume name',
  (name) => {
    expect(checkVolumeName(name)).toBe(name)
  },
)

test.each([
  ['-x', 'does not begin'],
  ['--rm', 'does not begin'],
  ['/etc', 'does not begin'],
  ['../x', 'does not begin'],
  ['.hidden', 'does not begin'],
  ['a,b', 'something else'],
  ['a:b', 'something else'],
  ['a/b', 'something else'],
  ['a b', 'something else'],
  ['$(id)', 'does not begin'],
  ['h', 'one character'],
  ['', 'empty'],
  ['x'.repeat(256), 'more than 255'],
  ['x'.repeat(300), 'more than 255'],
  ['pgdata\n', 'something else'],
  ['pg\ndata', 'something else'],
  ['pgdatа', 'something else'],
  ['a\0b', 'something else'],
])('%j is refused with a reason', (name, reason) => {
  expect(isVolumeName(name)).toBe(false)
  expect(() => checkVolumeName(name)).toThrow(expect.objectContaining({ code: 'INVALID_NAME' }))
  expect(() => checkVolumeName(name)).toThrow(reason)
})

test('the message shows what a terminal would obey', () => {
  expect(message('a\nb\u001b[31m"\u202ec')).toMatchInlineSnapshot(
    `""a\\nb\\x1b[31m\\"\\u{202e}c" is not a volume name: it holds something else than letters, digits, "_", "." and "-"."`,
  )
  expect(message('x'.repeat(5000)).length).toBeLessThan(200)
})

function message(name: string): string {
  try {
    return checkVolumeName(name)
  } catch (error) {
    return error instanceof VolError ? error.message : ''
  }
}
