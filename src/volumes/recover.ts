import type { Helper } from '../docker/docker.ts'
import { VolError } from '../errors.ts'
import { isAlive } from '../facts.ts'
import type { JournalEntry } from '../plan/journal.ts'
import type { World } from '../plan/world.ts'
import type { StoredSnapshot } from '../snapshots/format.ts'
import { keepUndoCopy, StillAside } from '../snapshots/keep-undo-copy.ts'
import { stagingName } from './archive-script.ts'
import { removeScratch } from './scratch.ts'
import { inTheWay } from './in-the-way.ts'
import { recoverScript } from './restore-scripts.ts'
import { failUnless, mountedInside } from './script-result.ts'
import { withHelper } from './session.ts'

/** What became of something that was interrupted. */
export type Recovery = 'nothing' | 'undone' | 'finished' | 'kept' | 'gone'

/** How a volume was found, and is now. */
export type Recovered = {
  readonly became: Exclude<Recovery, 'kept' | 'gone'>
  /** Whether what was there before a restore waits in it to be kept as an undo copy. */
  readonly keeping: boolean
  readonly empty: boolean
}

/**
 * Puts right what an interrupted operation left in a volume: undone when it had only been unpacked, finished when it
 * was being put in place, and what was there before kept as an undo copy. Can be repeated. Whoever calls knows that
 * the operation is not under way any more.
 */
export async function recoverVolume(world: World, entry: JournalEntry): Promise<Recovery> {
  const { volume, operation, images } = entry
  if (entry.kind === 'boot') {
    await removeScratch(world, entry)
    return 'gone'
  }
  const { became, keeping } = await putVolumeRight(world, entry)
  if (!keeping) return became
  await withHelper(world, { writes: volume, images }, (helper) => keepAside(world, helper, volume))
  await world.journal.end(operation)
  return became === 'nothing' ? 'kept' : became
}

/**
 * The same without the undo copy, for which the journal keeps its entry when there is one to be made; a copy can take
 * long.
 */
export async function putVolumeRight(
  world: World,
  { volume, operation, made, images, together }: JournalEntry,
): Promise<{ readonly became: Exclude<Recovery, 'kept'>; readonly keeping: boolean }> {
  if ((await world.docker.volume(volume)) === undefined) {
    await world.journal.end(operation)
    return { became: 'gone', keeping: false }
  }
  const goOn = together !== undefined && (await world.journal.isSwitching(together))
  const { became, keeping, empty } = await withHelper(world, { writes: volume, images }, (helper) =>
    putRightThrough(world, helper, volume, goOn),
  )
  // What was made to be filled goes again. Whatever it holds now is somebody else's.
  if (made && became !== 'finished' && empty) await removeIfUnused(world, volume)
  if (!keeping) await world.journal.end(operation)
  return { became, keeping }
}

/** All of it in the volume that a helper has open, which nobody else can be writing then. */
export async function recoverThrough(world: World, helper: Helper, volume: string): Promise<Recovered> {
  const recovered = await putRightThrough(world, helper, volume)
  if (recovered.keeping) await keepAside(world, helper, volume)
  return recovered
}

/** What the script says of them. */
const outcomes = ['nothing', 'undone', 'finished'] as const

/** `goOn`: what was only staged is put in place as well, since that was decided for it and others together. */
async function putRightThrough(
  world: World,
  helper: Helper,
  volume: string,
  goOn = false,
): Promise<Recovered> {
  const [user] = (await world.docker.consumers(volume)).filter(isAlive)
  const args = [helper.path('volume'), stagingName, user === undefined ? '' : 'used', goOn ? 'on' : '']
  const result = await helper.run({ text: recoverScript, arguments: args })
  const told = result.stdout.trim().split('\n')
  if (result.exitCode === inTheWay.inUse)
    throw new VolError(
      'VOLUME_IN_USE',
      `A restore of the volume "${volume}" was cut off while it put files in place, and the container "${user?.name}" uses the volume by now.`,
      { suggestions: [`docker stop ${user?.name}, then docker vol doctor, which finishes the restore.`] },
    )
  if (result.exitCode === inTheWay.writtenSince)
    throw new VolError(
      'VOLUME_CONFLICT',
      `Since a restore of the volume "${volume}" was cut off, "${told.at(-1)}" has been written there anew.`,
      { suggestions: ['Nothing is lost: move it out of the volume, then docker vol doctor.'] },
    )
  if (result.exitCode === inTheWay.fileSystems)
    throw mountedInside(`the volume "${volume}"`, result, ['Unmount it, then docker vol doctor.'])
  failUnless(result, 'put the volume right')
  const became = outcomes.find((outcome) => told.includes(outcome))
  if (became === undefined)
    throw new VolError('FAILED', 'The helper did not say what became of the volume.', {
      output: result.stdout,
    })
  return { became, keeping: told.includes('keeping'), empty: told.includes('empty') }
}

/** Makes an undo copy of what was moved aside. A failure says where that still is. */
export async function keepAside(world: World, helper: Helper, volume: string): Promise<StoredSnapshot> {
  try {
    return await keepUndoCopy(world, helper, volume)
  } catch (error) {
    world.signal.throwIfAborted()
    if (error instanceof StillAside) throw error
    throw notKept(volume, world.store.location, error)
  }
}

function notKept(volume: string, store: string, error: unknown): VolError {
  const message = error instanceof Error ? error.message : String(error)
  return new VolError(
    error instanceof VolError ? error.code : 'FAILED',
    `What the last restore of "${volume}" replaced could not be kept as an undo copy: ${message} It is still in the volume, in ${stagingName}/old, and takes room there.`,
    {
      suggestions: [
        `docker vol doctor keeps it, once there is room in ${store} or another place is named with --store.`,
      ],
      ...(error instanceof VolError && error.output !== undefined ? { output: error.output } : {}),
      cause: error,
    },
  )
}

async function removeIfUnused(world: World, volume: string): Promise<void> {
  if ((await world.docker.containers(volume)).length > 0) return
  await world.docker.removeVolume(volume)
}
