import type { DatabaseFacts, ObservedVolume } from '../../facts.ts'
import type { World } from '../../plan/world.ts'
import type { MariadbPlan } from './mariadb-decision.ts'
import { probeMariadb } from './probe-mariadb.ts'
import { impossible, type Possible } from './possible.ts'
import type { PostgresPlan } from './postgres-decision.ts'
import { probePostgres } from './probe-postgres.ts'
import { probeRedis } from './probe-redis.ts'
import { probeSqlite } from './probe-sqlite.ts'
import type { RedisPlan } from './redis-decision.ts'
import type { SqlitePlan } from './sqlite-decision.ts'

export type { Possible } from './possible.ts'

/** How a database is copied by its own means while it runs. */
export type NativePlan = PostgresPlan | MariadbPlan | RedisPlan | SqlitePlan

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
  if (database?.recognisedBy === 'image') return impossible('its files could not be looked at')
  if (database === undefined) return impossible('no database is known in it')
  if (other !== undefined) return impossible('it holds more than one database')
  switch (database.kind) {
    case 'postgres':
      return await probePostgres(world, observed, database)
    case 'redis':
    case 'valkey':
      return await probeRedis(world, observed, { kind: database.kind, path: database.path })
    case 'mariadb':
      return await probeMariadb(world, observed, database)
    case 'sqlite':
      return await probeSqlite(world, observed, database)
    // What follows has no backup of its files that its own image could make.
    case 'mysql':
      return impossible('the images of MySQL have no program that copies its files')
    case 'mongodb':
      return impossible('MongoDB has no backup of its files, other than to hold what writes them')
  }
}
