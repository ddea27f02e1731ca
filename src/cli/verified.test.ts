import { expect, test } from 'vitest'
import { verifiedOf } from './verified.ts'

const now = new Date('2026-11-23T12:00:00.000Z')
const check = (at: string, good = true) => ({ at, good, about: '' })

test.each([
  [undefined, 'no'],
  [{ bytes: check('2026-11-23T09:59:00.000Z') }, 'bytes 2h ago'],
  [{ bytes: check('2026-11-23T12:00:09.000Z') }, 'bytes 0s ago'],
  [{ bytes: check('2026-11-23T11:59:00.000Z'), boot: check('2026-11-20T11:00:00.000Z') }, 'boot 3d ago'],
  [{ boot: check('2024-11-20T11:00:00.000Z') }, 'boot 2y ago'],
  [{ bytes: check('2026-11-23T11:59:00.000Z'), boot: check('2026-11-20T11:00:00.000Z', false) }, 'damaged'],
  [{ bytes: check('2026-11-23T11:59:00.000Z', false), boot: check('2026-11-20T11:00:00.000Z') }, 'damaged'],
])('what checks found is said shortly: %j is %s', (verification, said) => {
  expect(verifiedOf(verification === undefined ? {} : { verification }, now)).toBe(said)
})
