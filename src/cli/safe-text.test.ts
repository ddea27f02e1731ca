import { expect, test } from 'vitest'

import { safeLine, safeText } from './safe-text.ts'

test.each([
  ['plain ä 本', 'plain ä 本'],
  ['\u001b[31mred', String.raw`\x1b[31mred`],
  ['a\rb', String.raw`a\x0db`],
  ['a\u009bb', String.raw`a\x9bb`],
  ['gpj.\u202eexe', String.raw`gpj.\u202eexe`],
  ['a\nb\tc', String.raw`a\nb\tc`],
])('%j is printed as %s', (text, expected) => expect(safeLine(text)).toBe(expected))

test('line feeds and tabs stay in text of several lines', () => {
  expect(safeText('a\n\tb\u0007')).toBe('a\n\tb\\x07')
})
