import { expect, test } from 'vitest'
import { printableName } from './name.ts'

const bytes = (text: string): string => Buffer.from(text).toString('latin1')

test.each([
  ['plain text', 'plain text'],
  [bytes('é 漢字 🎉'), 'é 漢字 🎉'],
  ['a\\b', 'a\\\\b'],
  ['a\nb\tc', 'a\\nb\\x09c'],
  ['\x1b[31mred', '\\x1b[31mred'],
  ['\xff\xfe', '\\xff\\xfe'],
  [bytes('é').slice(0, 1), '\\xc3'],
  [`${bytes('é')}\xa9`, 'é\\xa9'],
  [bytes('\u202egnp.exe'), '\\xe2\\x80\\xaegnp.exe'],
  [bytes('\u2066\u200b\ufeff'), '\\xe2\\x81\\xa6\\xe2\\x80\\x8b\\xef\\xbb\\xbf'],
  [bytes('\u0085\u2028'), '\\xc2\\x85\\xe2\\x80\\xa8'],
  ['\xed\xa0\x80', '\\xed\\xa0\\x80'],
  ['\xc0\xaf', '\\xc0\\xaf'],
  ['\x7f\0', '\\x7f\\x00'],
])('%j is shown as %s', (name, shown) => {
  expect(printableName(name)).toBe(shown)
})

test('different names never look the same', () => {
  const names = ['\\n', '\n', '\\x0a', '\\', '\\\\', '\xff', '\\xff', bytes('ÿ')]
  expect(new Set(names.map(printableName)).size).toBe(names.length)
})
