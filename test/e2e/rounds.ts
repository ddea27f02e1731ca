import { appendFileSync } from 'node:fs'
import process from 'node:process'
import { expect } from 'vitest'

/**
 * How often a scenario repeats itself: a few times in the tests, often in `npm run torture`, where each further round
 * adds as many again, or `more`.
 */
export function rounds(few: number, more = few): number {
  const count = Math.ceil(few + more * (Number(process.env['VOL_TEST_ROUNDS'] ?? 1) - 1))
  const log = process.env['VOL_TEST_ROUNDS_LOG']
  const { currentTestName, testPath } = expect.getState()
  if (log !== undefined && currentTestName !== undefined)
    appendFileSync(log, `${JSON.stringify({ test: currentTestName, file: testPath, count })}\n`)
  return count
}

/**
 * Rounds that share a database under load, some at a time: such a load makes its database larger and larger, and a
 * torture would soon wait for nothing but its size.
 */
export function batches(few: number): readonly number[] {
  const all = rounds(few)
  return Array.from({ length: Math.ceil(all / most) }, (_, batch) => Math.min(most, all - batch * most))
}

const most = 5
