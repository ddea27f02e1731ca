import { open } from 'node:fs/promises'
import path from 'node:path'
import { expect, test } from 'vitest'
import { scenario } from './scenario.ts'
import { workloadScenarios } from './workload-scenarios.ts'
import { startWorkload } from './workloads/workload.ts'

const bed = await scenario('load-postgres')

workloadScenarios(bed, ['postgres13', 'postgres15', 'postgres17', 'postgres18'])

test.each(['postgres13', 'postgres17'] as const)(
  'an index page that is empty must be found on %s, whose server starts and reads every row',
  async (kind) => {
    const workload = await startWorkload(bed, kind)
    await workload.rest()
    const asked = "--command=checkpoint; select pg_relation_filepath('pgbench_accounts_pkey')"
    const psql = ['exec', '--user=postgres', workload.container, 'psql', '--tuples-only', '--no-align']
    const where = await bed.docker(...psql, asked)
    await workload.stop()
    const index = path.join(await bed.mountpoint(workload.volume), where.stdout.trim().replace(/^.*\n/, ''))
    const file = await open(index, 'r+')
    // Deep inside: a leaf, with the keys of some hundred rows.
    await file.write(Buffer.alloc(8192), 0, 8192, 8192 * 100)
    await file.close()
    const { problems, transactions } = await workload.check(workload.volume)
    expect(transactions).toBeGreaterThan(0)
    expect(problems.join('\n')).toMatch(/pgbench_accounts/)
    expect(problems.join('\n')).not.toMatch(/did not start|sums differ|rows and/)
  },
)
