import type { DatabaseFacts, ObservedVolume } from '../../facts.ts'
import type { World } from '../../plan/world.ts'
import { impossible, type Possible } from './possible.ts'
import type { PostgresPlan } from './postgres-decision.ts'
import { probePostgres } from './probe-postgres.ts'

export type { Possible } from './possible.ts'

/** How a database is copied by its own means while it runs. */
export type NativePlan = PostgresPlan

/**
 * Whether the database in a volume can be copied by its own backup, without downtime, and the reason either way. Looks
 * into the volume and asks the running server; changes nothing. What it finds may not last: `snapshotNative` proves
 * what it got, and fails otherwise.
 */
export async function probeNative(
  world: World,
  observed: ObservedVolume,
  databases: readonly DatabaseFacts[],
): Promise<Possible<NativePlan>> {
  const [database, other] = databases
  if (database === undefined) return impossible('no database is known in it')
  if (other !== undefined) return impossible('it holds more than one database')
  switch (database.kind) {
    case 'postgres':
      return await probePostgres(world, observed, database)
    case 'mysql':
    case 'mariadb':
    case 'mongodb':
    case 'redis':
    case 'valkey':
    case 'sqlite':
      return impossible(`there is no native copy of ${database.kind} yet`)
  }
}
