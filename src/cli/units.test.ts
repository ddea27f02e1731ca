import { expect, test } from 'vitest'

import { humanAge, humanDuration, humanSize } from './units.ts'

test.each([
  [0, '0B'],
  [999, '999B'],
  [1000, '1kB'],
  [1236, '1.24kB'],
  [999_999, '1MB'],
  [1_236_000_000, '1.24GB'],
  [12_300_000, '12.3MB'],
  [5e15, '5PB'],
])('%d bytes are %s', (bytes, expected) => expect(humanSize(bytes)).toBe(expected))

test.each([
  [0, '0ms'],
  [850, '850ms'],
  [3210, '3.2s'],
  [59_940, '59.9s'],
  [59_960, '1m00s'],
  [130_000, '2m10s'],
  [3_900_000, '1h05m'],
])('%d ms are %s', (milliseconds, expected) => expect(humanDuration(milliseconds)).toBe(expected))

test.each([
  [0, 'Less than a second ago'],
  [30, '30 seconds ago'],
  [90, 'About a minute ago'],
  [600, '10 minutes ago'],
  [4000, 'About an hour ago'],
  [7200, '2 hours ago'],
  [3 * 86400, '3 days ago'],
  [21 * 86400, '3 weeks ago'],
  [90 * 86400, '3 months ago'],
  [800 * 86400, '2 years ago'],
])('%d seconds are %s', (seconds, expected) => {
  expect(humanAge(new Date(0), new Date(seconds * 1000))).toBe(expected)
})
