import { VolError } from '../errors.ts'
import { startCompressor } from '../frames/compress.ts'
import type { DatabaseFacts, ObservedVolume } from '../facts.ts'
import type { NativePlan } from '../databases/native/native.ts'
import { postgresBackup } from '../databases/native/postgres-backup.ts'
import type { World } from '../plan/world.ts'
import { lookOutside } from '../volumes/outside.ts'
import { withHelper } from '../volumes/session.ts'
import type { StoredSnapshot } from './format.ts'
import { configOf, describe } from './snapshot-volume.ts'
import { takeStream } from './take-stream.ts'

export type NativeSnapshotRequest = {
  readonly observed: ObservedVolume
  readonly plan: NativePlan
  readonly why: string
  /** What the volume was found to hold. */
  readonly databases: readonly DatabaseFacts[]
}

/**
 * Takes a snapshot of a volume by the backup of the database in it. Nothing is listed unless the backup is proven to
 * be complete: DATABASE_BACKUP_FAILED otherwise, with what the database said.
 */
export async function snapshotNative(world: World, request: NativeSnapshotRequest): Promise<StoredSnapshot> {
  const { observed, plan, why, databases } = request
  const { name } = observed.volume
  const task = world.progress.start(`Snapshot ${name}`, { total: plan.bytes })
  const compressor = startCompressor()
  const about = describe(world, observed)
  about.catch(() => undefined)
  await world.store.clean(name)
  const draft = await world.store.begin(name)
  try {
    const taken = await takeStream(world, {
      ...postgresBackup(plan),
      compressor,
      draft,
      directories: directoriesOutside(world, observed, plan.path),
      consistency: { method: 'native', why },
      progress: (done) => task.update({ done }),
    })
    const config = configOf(world, observed, taken, { ...(await about), databases })
    const snapshot = await draft.commit(config, taken.layers, {})
    task.finish()
    return snapshot
  } catch (error) {
    task.fail()
    throw error
  } finally {
    await draft.abandon()
    await compressor.close()
  }
}

/** What of the volume is not in the backup. Only directories may be. */
async function directoriesOutside(world: World, { volume, consumers }: ObservedVolume, path: string) {
  const images = consumers.map(({ imageId }) => imageId)
  const { directories, stranger } = await withHelper(world, { reads: volume.name, images }, (helper) =>
    lookOutside(helper, 'volume', path),
  )
  if (stranger === undefined) return directories
  throw new VolError(
    'DATABASE_BACKUP_FAILED',
    `The volume "${volume.name}" holds more than its database ("${stranger}"), which its backup would leave out.`,
  )
}
