import { expect, test } from 'vitest'

import { expandBooleans } from './expand-booleans.ts'

const flags = {
  yes: { type: 'boolean', char: 'y' },
  verify: { type: 'boolean', allowNo: true },
  store: { type: 'option', char: 's' },
} as const

test.each([
  ['--yes=true V', '--yes V'],
  ['--yes=false V', 'V'],
  ['-y=0 V', 'V'],
  ['-y=T', '--yes'],
  ['--verify=false', '--no-verify'],
  ['--store=false', '--store=false'],
  ['--nope=false', '--nope=false'],
  ['-- --yes=false', '-- --yes=false'],
])('%s means %s', (given, expected) => {
  expect(expandBooleans(given.split(' '), flags).join(' ')).toBe(expected)
})
