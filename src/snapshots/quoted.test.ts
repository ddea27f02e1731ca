import { expect, test } from 'vitest'
import { quoted } from './quoted.ts'

test.each([
  ['pgdata', '"pgdata"'],
  ['Bücher 東京', '"Bücher 東京"'],
  ['a\nb', '"a\\nb"'],
  ['\u001b[31m', '"\\x1b[31m"'],
  ['\u009b31m', '"\\x9b31m"'],
  ['a\u202eb', '"a\\u{202e}b"'],
  ['a"b\\c', '"a\\"b\\\\c"'],
])('%j is shown as %s', (text, shown) => {
  expect(quoted(text)).toBe(shown)
})
