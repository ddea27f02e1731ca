/** What every workload must be worth, before anything is proved with it. */
import { describe, expect, test } from 'vitest'
import type { Scenario } from './scenario.ts'
import { frozenCopy, tornCopy } from './workloads/copies.ts'
import { startWorkload, type WorkloadKind } from './workloads/workload.ts'

/** The invariant holds in good copies and in those only, on each of these databases. */
export function workloadScenarios(bed: Scenario, kinds: readonly WorkloadKind[]): void {
  describe.each(kinds)('the load on %s', (kind) => {
    test('must hold in a copy of one instant, and must be found broken in a torn one', async () => {
      const workload = await startWorkload(bed, kind)
      const acknowledged = await workload.acknowledged()
      const frozen = await frozenCopy(bed, workload.volume, workload.container)
      const torn = await tornCopy(bed, workload.volume, () => workload.turnover())
      const later = await workload.acknowledged()
      await workload.rest()
      await workload.spoil()
      await workload.stop()

      const empty = await bed.volume('empty')
      const [good, bad, none, spoilt] = await Promise.all(
        [frozen, torn, empty, workload.volume].map((each) => workload.check(each)),
      )
      expect(good?.problems).toEqual([])
      expect(good?.transactions).toBeGreaterThanOrEqual(workload.durable ? acknowledged : 1)
      expect(good?.transactions).toBeLessThan(later)
      expect(bad?.problems).not.toEqual([])
      expect(none?.problems).not.toEqual([])
      // Nothing but the invariant can tell.
      expect(spoilt?.problems).not.toEqual([])
      expect(spoilt?.transactions).toBeGreaterThanOrEqual(later)
    })
  })
}
