import type { RehearsalStep } from '../plan/step.ts'
import type { ProgressTaskPort, World } from '../plan/world.ts'
import { snapshotHeld } from '../snapshots/snapshot-held.ts'
import { snapshotNative } from '../snapshots/snapshot-native.ts'
import { snapshotVolume } from '../snapshots/snapshot-volume.ts'
import type { StoredSnapshot } from '../snapshots/format.ts'
import { withScratch } from '../volumes/scratch.ts'
import { buildAndBoot, type Timing, type Tried } from './build-and-boot.ts'
import type { MigrationFinding } from './finding.ts'
import type { Migration } from './migration.ts'
import { refuseLostLogin } from './lost-login.ts'
import { preflightContext } from './observe.ts'
import { beginPhase } from './begin-phase.ts'
import { methodsLeft, preflight } from './preflight/preflight.ts'
import type { PostgresServer } from './server.ts'
import { copyFromSnapshot, type WorkVolume } from './working-copy.ts'

/** What a rehearsal has shown. */
export type Rehearsed = {
  /** With the method that is possible. */
  readonly migration: Migration
  /** It was made for this, and stays in the store. */
  readonly snapshot: StoredSnapshot
  readonly findings: readonly MigrationFinding[]
  /** What came of it; undefined when findings stand in the way of every method that may be used. */
  readonly tried: RehearsedTrial | undefined
}

export type RehearsedTrial = Tried & {
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
  return await withScratch(world, async (work) => {
    const since = performance.now()
    await copyFromSnapshot(world, work, snapshot, images)
    const copied = Math.round(performance.now() - since)
    const task = world.progress.start(`Rehearse the migration of ${migration.observed.volume.name}`)
    try {
      const rehearsed = await tryIt(world, work, migration, task)
      const { tried } = rehearsed
      const refusal = tried?.booted.refusal
      if (refusal !== undefined) await refuseLostLogin(world, rehearsed.migration, refusal)
      task.finish()
      if (tried === undefined) return { ...rehearsed, snapshot, tried }
      const timings = [{ phase: 'copy', milliseconds: copied }, ...tried.timings]
      return { ...rehearsed, snapshot, tried: { ...tried, timings, downtime: downtimeOf(timings, copied) } }
    } catch (error) {
      task.fail()
      throw error
    }
  })
}

type Trial = Pick<Rehearsed, 'migration' | 'findings'> & { readonly tried: Tried | undefined }

/** The server of the copy must be asked before it is known whether the chosen method can be used at all. */
async function tryIt(
  world: World,
  work: WorkVolume,
  migration: Migration,
  task: ProgressTaskPort,
): Promise<Trial> {
  const { cluster, to, observed, method } = migration
  let findings: readonly MigrationFinding[] = []
  const ask = async (server: PostgresServer) => {
    beginPhase(task, 'asking the old server what stands in the way')
    const context = preflightContext(cluster, to, observed)
    findings = await preflight(server, { ...context, programs: server, rehearse: true })
    if (!methodsLeft(findings).includes(method)) throw new NotThisWay()
  }
  const request = { work, migration, images: imagesOf(migration), task, isOldChecked: true }
  try {
    return { migration, findings, tried: await buildAndBoot(world, { ...request, ask }) }
  } catch (error) {
    if (!(error instanceof NotThisWay)) throw error
  }
  const { orElse, ...chosen } = migration
  if (orElse === undefined || !methodsLeft(findings).includes(orElse))
    return { migration, findings, tried: undefined }
  world.progress.message(`Rehearsing ${orElse} instead of ${method}, which cannot be used here.`)
  const other = { ...chosen, method: orElse }
  return { migration: other, findings, tried: await buildAndBoot(world, { ...request, migration: other }) }
}

/** Findings stand in the way of the method that was chosen. */
class NotThisWay extends Error {}

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
