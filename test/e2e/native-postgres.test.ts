/** A snapshot of a running Postgres by its own base backup. */
import { describe, expect, test } from 'vitest'
import { startedAt } from './checks.ts'
import { takeAndRestore } from './native.ts'
import { batches, scenario } from './scenario.ts'
import { startWorkload } from './workloads/workload.ts'

const bed = await scenario('native-postgres')

describe.each(['postgres15', 'postgres17', 'postgres18'] as const)('%s under load', (kind) => {
  test('must come back from every native snapshot as a server whose rows add up', async () => {
    for (const batch of batches(1)) {
      const workload = await startWorkload(bed, kind)
      const before = await startedAt(bed, workload.container)
      const snapshots = []
      for (let round = batch; round > 0; round -= 1) {
        const acknowledged = await workload.acknowledged()
        snapshots.push({ acknowledged, ...(await takeAndRestore(bed, workload.volume)) })
      }
      expect(await startedAt(bed, workload.container)).toBe(before)
      const later = await workload.acknowledged()
      await workload.stop()
      for (const { acknowledged, restored, config } of snapshots) {
        const { problems, transactions } = await workload.check(restored)
        expect(problems).toEqual([])
        expect(transactions).toBeGreaterThanOrEqual(acknowledged)
        expect(transactions).toBeLessThan(later)
        expect(config.consistency.why).toContain(workload.container)
        expect(config.databases?.[0]?.kind).toBe('postgres')
      }
    }
  })
})
