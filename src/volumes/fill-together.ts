import type { Helper } from '../docker/docker.ts'
import type { Hold } from '../holds/plan-hold.ts'
import { withHold } from '../holds/with-hold.ts'
import type { JournalEntry } from '../plan/journal.ts'
import type { World } from '../plan/world.ts'
import type { SnapshotSet } from '../snapshots/format.ts'
import { newSnapshotId } from '../snapshots/id.ts'
import { stagingName } from './archive-script.ts'
import {
  keepOrWarn,
  noteFor,
  nothingToKeep,
  prepare,
  putRight,
  refuseExisting,
  refuseInUse,
  type Filled,
  type FillRequest,
  type Kept,
} from './fill.ts'
import { keepAside } from './recover.ts'
import { holdsSomethingScript, readyScript, stagedWalkScript } from './restore-scripts.ts'
import { succeed } from './script-result.ts'
import { newOperation, withHelper } from './session.ts'
import { walkThrough } from './read-walk.ts'

export type FillTogether = {
  /** One for each volume, without holds of their own. */
  readonly requests: readonly FillRequest[]
  /** Who is stopped while all of them are switched; without it, nothing that runs may use them. */
  readonly hold: Hold | undefined
  /** Whose they are, for the undo copies, which are a set of this project. */
  readonly project: string
}

/** A volume whose new contents are complete and checked, beside those that it has. */
type Staged = { readonly request: FillRequest; readonly entry: JournalEntry; readonly helper: Helper }

/** What came of the switch. */
type Switched = {
  /** For each volume whether what was there waits to be kept. */
  readonly keeping: readonly boolean[]
  readonly areHelpersGone: boolean
  /** What failed though the new contents are in place. */
  readonly failure?: unknown
}

/**
 * Fills volumes as `fillVolume` does, and puts all of them in place at once: who uses one of them is stopped until the
 * last has its new contents. Once the new contents of all are on disk, the journal says that they are being switched;
 * from then on whatever is interrupted is finished, for all of them, and before that undone, for all of them.
 */
export async function fillTogether(world: World, wish: FillTogether): Promise<readonly Filled[]> {
  const { id: engine } = await world.docker.engine()
  const together = newOperation()
  let isDecided = false

  return await stageFrom(0, [])

  /** Stages one after the other, so that each sees the room that the others have left, then does the rest. */
  async function stageFrom(index: number, staged: readonly Staged[]): Promise<readonly Filled[]> {
    const request = wish.requests[index]
    if (request === undefined) return await switchAndKeep(staged)
    const { kind, volume, make, images } = request
    const operation = newOperation()
    const made = make !== undefined
    const entry: JournalEntry = { operation, kind, volume, engine, made, images, together }
    await world.journal.begin(entry)
    let begun = false
    try {
      if (make !== undefined) {
        await refuseExisting(world, make)
        begun = true
        await world.docker.createVolume(make)
      }
      return await withHelper(world, { operation, writes: volume, images }, async (helper) => {
        begun = true
        await stage(world, helper, request)
        return await stageFrom(index + 1, [...staged, { request, entry, helper }])
      })
    } catch (error) {
      // What was decided is done by now, or left to the next run.
      if (isDecided) throw error
      const { keeping } = begun ? await putRight(world, entry, error) : { keeping: false }
      // What waits there was left by another restore, which has an entry of its own.
      if (!begun || keeping) await world.journal.end(operation)
      throw error
    }
  }

  async function switchAndKeep(staged: readonly Staged[]): Promise<readonly Filled[]> {
    await makeReady(staged, wish)
    const { keeping, areHelpersGone, failure } = await switchAll(staged)
    const filled: Filled[] = []
    for (const [index, { request, entry, helper }] of staged.entries()) {
      const { volume, images } = request
      const keep = (through: Helper) => keepAside(world, through, volume)
      const kept: Kept =
        keeping[index] === true
          ? await keepOrWarn(world, volume, () =>
              areHelpersGone ? withHelper(world, { writes: volume, images }, keep) : keep(helper),
            )
          : nothingToKeep
      if (kept.isOver) await world.journal.end(entry.operation)
      filled.push({ undoCopy: kept.undoCopy, warnings: kept.warnings })
    }
    if (failure !== undefined) throw failure
    return filled
  }

  async function switchAll(staged: readonly Staged[]): Promise<Switched> {
    const { hold } = wish
    const volumes = staged.map(({ request }) => request.volume)
    let switched: Switched | undefined
    const act = async () => {
      await Promise.all(volumes.map((volume) => refuseInUse(world, volume)))
      await decide(volumes)
      switched = await putAll(staged)
      // Whoever comes later finds nothing that waits for it; then it does no harm.
      await world.journal.end(together).catch(() => undefined)
    }
    try {
      await (hold === undefined ? act() : withHold(world, hold, act))
    } catch (error) {
      if (switched === undefined) throw error
      world.progress.message(`The new contents of ${quoted(volumes)} are in place.`)
      return { ...switched, failure: error }
    }
    if (switched === undefined) throw new Error('nothing was put in place')
    return switched
  }

  /** From here there is no way back but an undo. */
  async function decide(volumes: readonly string[]): Promise<void> {
    world.signal.throwIfAborted()
    try {
      await world.journal.begin({ operation: together, kind: 'switch', engine, volumes })
    } catch (error) {
      await world.journal.end(together).catch(() => undefined)
      throw error
    }
    isDecided = true
  }

  async function putAll(staged: readonly Staged[]): Promise<Switched> {
    // At the same time: nobody can go on before the last of them is done.
    const puts = await Promise.allSettled(staged.map(({ request, helper }) => request.put(helper, '')))
    const failed = puts.find((put) => put.status === 'rejected')
    if (failed === undefined) {
      const keeping = puts.map((put) => put.status === 'fulfilled' && saysKeeping(put.value))
      return { keeping, areHelpersGone: false }
    }
    const keeping: boolean[] = []
    for (const { entry, helper } of staged) {
      await helper.close()
      keeping.push((await putRight(world, entry, failed.reason)).keeping)
    }
    world.progress.message('What stopped the restore came too late: the new contents are in place.')
    return { keeping, areHelpersGone: true }
  }
}

async function stage(world: World, helper: Helper, request: FillRequest): Promise<void> {
  await prepare(world, helper, request)
  await request.fill(helper)
  const staged = [helper.path('volume'), stagingName, 'new']
  await request.check(await walkThrough(helper, { text: stagedWalkScript, arguments: staged }))
}

/** Writes the notes for the undo copies, and brings all that was staged to disk: what is decided then can be done. */
async function makeReady(staged: readonly Staged[], { project, hold }: FillTogether): Promise<void> {
  const told = await Promise.all(
    staged.map(({ helper }) => succeed(helper, holdsSomethingScript, place(helper), 'look at the volume')),
  )
  const volumes = staged.flatMap(({ request }, index) =>
    request.make === undefined && told[index]?.trim() === 'holds' ? [request.volume] : [],
  )
  const set: SnapshotSet = { id: newSnapshotId(new Date()), project, volumes }
  await Promise.all(
    staged.map(({ request, entry, helper }) => {
      const note = noteFor({ ...request, hold }, entry.operation, set)
      return succeed(helper, readyScript, [...place(helper), note], 'bring the files to disk')
    }),
  )
}

function place(helper: Helper): readonly string[] {
  return [helper.path('volume'), stagingName]
}

function saysKeeping(said: string): boolean {
  return said.split('\n').includes('keeping')
}

function quoted(volumes: readonly string[]): string {
  return volumes.map((volume) => `"${volume}"`).join(', ')
}
