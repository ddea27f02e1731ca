import path from 'node:path'
import type { Look } from '../databases/look.ts'
import { recogniseDatabases } from '../databases/recognise.ts'
import { VolError } from '../errors.ts'
import { withHold, type Held } from '../holds/with-hold.ts'
import type { MigrateStep } from '../plan/step.ts'
import type { World } from '../plan/world.ts'
import type { RanWith, StoredSnapshot } from '../snapshots/format.ts'
import { contentsOf } from '../volumes/clone.ts'
import { fillVolume, type Filled } from '../volumes/fill.ts'
import { withScratch } from '../volumes/scratch.ts'
import { buildAndBoot, type Timing, type Tried } from './build-and-boot.ts'
import type { Migration } from './migration.ts'
import { imagesOf } from './rehearse.ts'
import { copyFromVolume, type WorkVolume } from './working-copy.ts'

/** A migration that is done. */
export type Migrated = Tried & {
  readonly migration: Migration
  /** The volume that holds the new cluster now. */
  readonly volume: string
  /** What that held before, when it is the migrated volume itself. */
  readonly undoCopy: StoredSnapshot | undefined
  /** Containers that were stopped and stay so, by name. */
  readonly stopped: readonly string[]
  /** For how long what used the volume was stopped, in milliseconds; until the new contents were in place where it stays so. */
  readonly downtime: number
  readonly warnings: readonly string[]
}

/**
 * Does what was rehearsed to the volume as it is now. Its containers are stopped; it is copied, and all that follows is
 * done to the copy. Only when that is proven and has been started once, it takes the place of the old contents, by
 * renames, and those are kept as an undo copy; or it goes into a new volume. Whatever fails before that, the volume is as
 * it was, and its containers go on.
 */
export async function migrateVolume(world: World, step: MigrateStep): Promise<Migrated> {
  return await withScratch(world, async (work) =>
    step.into === undefined ? await inPlace(world, work, step) : await intoAnother(world, work, step),
  )
}

async function inPlace(world: World, work: WorkVolume, { migration, hold }: MigrateStep): Promise<Migrated> {
  const { name } = migration.observed.volume
  const since = performance.now()
  let switched = since
  return await withHold(world, hold, async (given) => {
    const held: Held = {
      ...given,
      leaveStopped: async () => {
        switched = performance.now()
        await given.leaveStopped()
      },
    }
    const stopped = held.containers.map((container) => container.name)
    const copied = await copy(held, work, migration)
    const tried = await build(held.world, work, migration)
    const { filled, warnings, timing } = await put(held.world, work, migration, { volume: name, held })
    return {
      ...tried,
      timings: [copied, ...tried.timings, timing],
      migration,
      volume: name,
      undoCopy: filled.undoCopy,
      stopped,
      downtime: Math.round(switched - since),
      warnings,
    }
  })
}

async function intoAnother(
  world: World,
  work: WorkVolume,
  { migration, hold, into }: MigrateStep,
): Promise<Migrated> {
  const since = performance.now()
  const copied = await withHold(world, hold, (held) => copy(held, work, migration))
  const downtime = hold.containers.length === 0 ? 0 : Math.round(performance.now() - since)
  const tried = await build(world, work, migration)
  const volume = into?.name ?? ''
  const { warnings, timing } = await put(world, work, migration, { volume, make: into })
  const timings = [copied, ...tried.timings, timing]
  return { ...tried, timings, migration, volume, undoCopy: undefined, stopped: [], downtime, warnings }
}

/** The copy is worth something only if nobody has written the volume since it was begun. */
async function copy(held: Held, work: WorkVolume, migration: Migration): Promise<Timing> {
  const { name } = migration.observed.volume
  const since = performance.now()
  const task = held.world.progress.start(`Copy ${name}`)
  try {
    const look = await copyFromVolume(held.world, work, name, { images: imagesOf(migration), task })
    await held.confirmUnbroken()
    refuseUncleanEnd(held, migration, look)
    task.finish()
    return { phase: 'copy', milliseconds: Math.round(performance.now() - since) }
  } catch (error) {
    task.fail()
    throw error
  }
}

/**
 * A server that was killed because its time was up leaves a cluster that recovers without what it had not logged, which
 * the proof could not tell from what it had.
 */
function refuseUncleanEnd(
  { containers }: Held,
  { observed, cluster, serverContainer }: Migration,
  look: Look,
): void {
  const server = containers.find(({ id }) => id === serverContainer?.id)
  if (server === undefined) return
  const { name } = observed.volume
  const found = recogniseDatabases(look, name, observed.consumers)
  const state = found.find((each) => each.path === cluster.path)?.details['state']
  if (state === 'shut down') return
  throw new VolError(
    'MIGRATION_UNPROVEN',
    `The server in "${server.name}" did not shut down in good order: its control file says "${state ?? 'nothing'}".`,
    {
      suggestions: [
        `It had ${server.graceSeconds} seconds for it. The volume is untouched, and the container runs again.`,
        `Give it longer: docker stop --time 600 ${server.name}, then docker vol migrate again.`,
      ],
    },
  )
}

async function build(world: World, work: WorkVolume, migration: Migration): Promise<Tried> {
  const task = world.progress.start(`Migrate ${migration.observed.volume.name}`)
  try {
    const images = imagesOf(migration)
    const tried = await buildAndBoot(world, { work, migration, images, task, isOldChecked: false })
    task.finish()
    return tried
  } catch (error) {
    task.fail()
    throw error
  }
}

type Destination = {
  readonly volume: string
  readonly make?: MigrateStep['into']
  /** By whom nobody uses the volume until it has its new contents. */
  readonly held?: Held
}

async function put(
  world: World,
  work: WorkVolume,
  migration: Migration,
  { volume, make, held }: Destination,
): Promise<{ readonly filled: Filled; readonly warnings: readonly string[]; readonly timing: Timing }> {
  const since = performance.now()
  const task = world.progress.start(`Put it into ${volume}`)
  const warnings: string[] = []
  try {
    const filled = await fillVolume(world, {
      kind: 'migration',
      volume,
      make,
      replace: make === undefined,
      images: imagesOf(migration),
      ...(held === undefined
        ? {}
        : {
            held,
            undo: {
              takenBy: 'migration',
              replacedBy: migration.to.reference,
              stopped: [],
              ran: ranWith(migration),
            } as const,
          }),
      ...contentsOf(work.volume, { task, warnings, mayChange: false }),
    })
    task.finish()
    const timing = { phase: 'switch', milliseconds: Math.round(performance.now() - since) }
    return { filled, warnings: [...warnings, ...filled.warnings], timing }
  } catch (error) {
    task.fail()
    throw error
  }
}

function ranWith({ from, oldMountPath, cluster }: Migration): RanWith {
  return {
    image: from.reference,
    mountPath: oldMountPath,
    dataDirectory: path.posix.join(oldMountPath, cluster.path),
    imageDataDirectory: from.dataDirectory,
  }
}
