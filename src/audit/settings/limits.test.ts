import { expect, test } from 'vitest'
import { bytesOf } from './limits.ts'

test.each([
  ['0', 0],
  ['100', 100],
  ['10MB', 10_000_000],
  ['1.5gb', 1_500_000_000],
  ['64k', 64_000],
  ['', undefined],
  ['MB', undefined],
  ['-1MB', undefined],
  ['10 apples', undefined],
])('%j must be %j bytes', (text, bytes) => {
  expect(bytesOf(text)).toBe(bytes)
})
