import { expect, test } from 'vitest'

import { parseFilters, passes } from './filters.ts'

const known = ['label', 'name']

test('values of one key are alternatives, different keys must all hold', () => {
  const filters = parseFilters(['label=a=b', 'label=c', 'name=x'], known)
  const holding = (held: readonly string[]) =>
    passes(filters, (key, value) => held.includes(`${key}:${value}`))
  expect(holding(['label:c', 'name:x'])).toBe(true)
  expect(holding(['label:a=b', 'name:x'])).toBe(true)
  expect(holding(['label:c'])).toBe(false)
})

test('without filters everything passes', () => {
  expect(passes(parseFilters([], known), () => false)).toBe(true)
})

test.each(['foo', 'foo=bar', '=x', ''])('the filter %j is refused', (word) => {
  expect(() => parseFilters([word], known)).toThrow(`invalid filter '${word}'`)
})
