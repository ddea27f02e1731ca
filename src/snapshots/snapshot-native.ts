import { VolError } from '../errors.ts'
import type { Compressor } from '../frames/compress.ts'
import type { DatabaseFacts, ObservedVolume } from '../facts.ts'
import { backUpMariadb } from '../databases/native/mariadb-backup.ts'
import type { MariadbPlan } from '../databases/native/mariadb-decision.ts'
import type { NativePlan } from '../databases/native/native.ts'
import { postgresBackup } from '../databases/native/postgres-backup.ts'
import type { PostgresPlan } from '../databases/native/postgres-decision.ts'
import { redisBackup } from '../databases/native/redis-backup.ts'
import { coveredByRedis } from '../databases/native/redis-decision.ts'
import { sqliteBackup } from '../databases/native/sqlite-backup.ts'
import { coveredBySqlite } from '../databases/native/sqlite-decision.ts'
import type { Helper } from '../docker/docker.ts'
import type { World } from '../plan/world.ts'
import type { Draft } from '../stores/store.ts'
import { lookOutside, type Covered } from '../volumes/outside.ts'
import { scratchLabel, withScratch } from '../volumes/scratch.ts'
import { useHelper, withHelper } from '../volumes/session.ts'
import type { Consistency, SnapshotSet, StoredSnapshot } from './format.ts'
import { configOf, describe } from './snapshot-volume.ts'
import { takeSnapshot, type Taken } from './take.ts'
import { takeStream } from './take-stream.ts'
import { withDraft } from './with-draft.ts'

export type NativeSnapshotRequest = {
  readonly observed: ObservedVolume
  readonly plan: NativePlan
  readonly why: string
  /** What the volume was found to hold. */
  readonly databases: readonly DatabaseFacts[]
  readonly set?: SnapshotSet | undefined
}

/**
 * Takes a snapshot of a volume by the backup of the database in it. Nothing is listed unless the backup is proven to
 * be complete: DATABASE_BACKUP_FAILED otherwise, with what the database said.
 */
export async function snapshotNative(world: World, request: NativeSnapshotRequest): Promise<StoredSnapshot> {
  const { observed, plan, why, databases, set } = request
  const { name } = observed.volume
  const about = describe(world, observed)
  about.catch(() => undefined)
  const told = { title: `Snapshot ${name}`, total: plan.bytes }
  return await withDraft(world, name, told, async ({ draft, compressor, task }) => {
    const { result: taken, closed } = await take(world, observed, plan, {
      compressor,
      draft,
      consistency: { method: 'native', why },
      progress: (done) => task.update({ done }),
    })
    closed.catch(() => undefined)
    try {
      const config = configOf(world, observed, taken, { ...(await about), databases, set })
      const snapshot = await draft.commit(config, taken.layers, {})
      task.finish()
      return snapshot
    } finally {
      await closed
    }
  })
}

type Into = {
  readonly compressor: Compressor
  readonly draft: Draft
  readonly consistency: Pick<Consistency, 'method' | 'why'>
  progress(bytes: number): void
}

/** `closed` tells when no container is left that was started for it; when it fails, none is left already. */
type Copied = { readonly result: Taken; readonly closed: Promise<void> }

async function take(world: World, observed: ObservedVolume, plan: NativePlan, into: Into): Promise<Copied> {
  switch (plan.database) {
    case 'postgres':
      return await takePostgres(world, observed, plan, into)
    case 'redis':
    case 'valkey':
      return await throughHelper(world, observed, (helper) =>
        takeStream(world, {
          ...into,
          ...redisBackup(world, plan, helper, 'volume'),
          directories: directoriesBeside(helper, observed, coveredByRedis(plan)),
        }),
      )
    case 'sqlite':
      return await throughHelper(world, observed, (helper) =>
        takeStream(world, {
          ...into,
          ...sqliteBackup(world, plan, helper, 'volume'),
          directories: directoriesBeside(helper, observed, coveredBySqlite(plan)),
        }),
      )
    case 'mariadb':
      return { result: await takeMariadb(world, observed, plan, into), closed: Promise.resolve() }
  }
}

async function takePostgres(
  world: World,
  observed: ObservedVolume,
  plan: PostgresPlan,
  into: Into,
): Promise<Copied> {
  // The server's checkpoint and our look at the volume take their time beside each other.
  const look = throughHelper(world, observed, (helper) =>
    directoriesBeside(helper, observed, { directory: plan.path }),
  )
  const backup = postgresBackup(world, plan)
  const close = async () => {
    await Promise.all([backup.closed(), look.then(({ closed }) => closed).catch(() => undefined)])
  }
  try {
    const directories = look.then(({ result }) => result)
    return { result: await takeStream(world, { ...into, ...backup, directories }), closed: close() }
  } catch (error) {
    await close()
    throw error
  }
}

/** A backup of MariaDB has to be prepared before it is one: in a volume of its own, which is then read like any. */
function takeMariadb(
  world: World,
  { volume }: ObservedVolume,
  plan: MariadbPlan,
  into: Into,
): Promise<Taken> {
  return withScratch(world, async ({ volume: scratch, operation }) => {
    const labels = { [scratchLabel]: operation }
    await world.docker.createVolume({ name: scratch, driver: 'local', options: {}, labels })
    const ofServer = { ...world, helperImage: plan.container.imageId }
    const request = { reads: volume.name, writes: scratch, images: [] }
    return await withHelper(ofServer, request, async (helper) => {
      await backUpMariadb(world, plan, helper)
      const { signal } = world
      return await takeSnapshot({ ...into, helper, signal, expect: () => undefined })
    })
  })
}

function throughHelper<Result>(
  world: World,
  { volume, consumers }: ObservedVolume,
  action: (helper: Helper) => Promise<Result>,
): Promise<{ readonly result: Result; readonly closed: Promise<void> }> {
  const images = consumers.map(({ imageId }) => imageId)
  return useHelper(world, { reads: volume.name, images }, action)
}

/** What of the volume is not in the backup. Only directories may be. */
async function directoriesBeside(helper: Helper, { volume }: ObservedVolume, covered: Covered) {
  const { directories, stranger } = await lookOutside(helper, 'volume', covered)
  if (stranger === undefined) return directories
  throw new VolError(
    'DATABASE_BACKUP_FAILED',
    `The volume "${volume.name}" holds more than its database ("${stranger}"), which its backup would leave out.`,
  )
}
