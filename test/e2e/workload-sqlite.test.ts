import { test } from 'vitest'
import { scenario } from './scenario.ts'
import { workloadScenarios } from './workload-scenarios.ts'
import { freeze } from './workloads/copies.ts'
import { startWorkload } from './workloads/workload.ts'

const bed = await scenario('load-sqlite')

workloadScenarios(bed, ['sqlite with WAL', 'sqlite with a rollback journal'])

test('a load must go on after its container was paused, stopped and restarted', async () => {
  const workload = await startWorkload(bed, 'sqlite with WAL')
  await freeze(bed, workload.container)
  await bed.docker('unpause', workload.container)
  await workload.turnover()
  await bed.docker('stop', workload.container)
  await bed.docker('start', workload.container)
  await workload.turnover()
  await workload.stop()
})
