import type { RehearsalStep } from '../plan/step.ts'
import type { World } from '../plan/world.ts'
import { snapshotHeld } from '../snapshots/snapshot-held.ts'
import { snapshotNative } from '../snapshots/snapshot-native.ts'
import { snapshotVolume } from '../snapshots/snapshot-volume.ts'
import type { StoredSnapshot } from '../snapshots/format.ts'
import { withScratch } from '../volumes/scratch.ts'
import { buildAndBoot, type Timing, type Tried } from './build-and-boot.ts'
import type { Migration } from './migration.ts'
import { copyFromSnapshot } from './working-copy.ts'

/** What a rehearsal has shown. */
export type Rehearsed = Tried & {
  readonly migration: Migration
  /** It was made for this, and stays in the store. */
  readonly snapshot: StoredSnapshot
  /** About how long the containers would have to be stopped, in milliseconds. */
  readonly downtime: number
}

/**
 * Takes a snapshot, while the server runs where that is possible, and migrates a copy of it in a volume that goes again.
 * The volume itself is not touched.
 */
export async function rehearseMigration(
  world: World,
  { migration, take }: RehearsalStep,
): Promise<Rehearsed> {
  const snapshot = await takeSnapshotFor(world, take)
  const images = imagesOf(migration)
  const timings: Timing[] = []
  return await withScratch(world, async (work) => {
    const since = performance.now()
    await copyFromSnapshot(world, work, snapshot, images)
    const copied = Math.round(performance.now() - since)
    timings.push({ phase: 'copy', milliseconds: copied })
    const task = world.progress.start(`Rehearse the migration of ${migration.observed.volume.name}`)
    try {
      const hooks = { before: () => Promise.resolve(), after: () => Promise.resolve() }
      const tried = await buildAndBoot(world, { work, migration, images, task, hooks })
      task.finish()
      const all = [...timings, ...tried.timings]
      return { ...tried, timings: all, migration, snapshot, downtime: downtimeOf(all, copied) }
    } catch (error) {
      task.fail()
      throw error
    }
  })
}

/** Everything is done again on the real thing, which is copied once more when it is put in its place. */
function downtimeOf(timings: readonly Timing[], copied: number): number {
  return timings.reduce((sum, { milliseconds }) => sum + milliseconds, copied)
}

/** Images of which a helper can be started, beside the one that is asked for. */
export function imagesOf({ observed, from, to }: Migration): readonly string[] {
  return [...new Set([...observed.consumers.map(({ imageId }) => imageId), from.id, to.id])]
}

async function takeSnapshotFor(world: World, take: RehearsalStep['take']): Promise<StoredSnapshot> {
  switch (take.do) {
    case 'snapshot':
      return await snapshotVolume(world, take)
    case 'snapshot-native': {
      const { observed, databases, native: plan, why } = take
      return await snapshotNative(world, { observed, plan, why, databases })
    }
    case 'snapshot-held': {
      const taken: StoredSnapshot[] = []
      await snapshotHeld(world, take, (snapshot) => {
        taken.push(snapshot)
        return Promise.resolve()
      })
      const [snapshot] = taken
      if (snapshot === undefined) throw new Error('no snapshot was taken')
      return snapshot
    }
  }
}
