import { expect, test } from 'vitest'
import { parseDuration } from './duration.ts'

test.each([
  ['0', 0],
  ['0s', 0],
  ['90m', 5_400_000],
  ['12h', 43_200_000],
  ['30d', 2_592_000_000],
  ['1w1d', 691_200_000],
  ['1y', 31_536_000_000],
])('%s is %d milliseconds', (text, milliseconds) => {
  expect(parseDuration('keep-within', text)).toBe(milliseconds)
})

test.each(['', '30', 'd', '-1d', '1.5d', '1d ', '1M', '3days', '1d-', '9'.repeat(30) + 'y'])(
  '%j is no time',
  (text) => {
    expect(() => parseDuration('grace', text)).toThrow(
      expect.objectContaining({ code: 'USAGE', message: expect.stringContaining('"--grace" flag') }),
    )
  },
)
