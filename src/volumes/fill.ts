import type { Helper, NewVolume } from '../docker/docker.ts'
import { isHelper } from '../docker/observe.ts'
import { isVolError, VolError } from '../errors.ts'
import { isAlive } from '../facts.ts'
import type { JournalEntry } from '../plan/journal.ts'
import type { World } from '../plan/world.ts'
import { stagingName } from './archive-script.ts'
import { inTheWay } from './in-the-way.ts'
import { recoverThrough, recoverVolume, type Recovery } from './recover.ts'
import { prepareScript, stagedWalkScript } from './restore-scripts.ts'
import { failUnless } from './script-result.ts'
import { newOperation, withHelper } from './session.ts'
import { walkThrough } from './read-walk.ts'
import type { Walk } from './walk.ts'

/** How much room there is in a volume. */
export type Room = { readonly bytes: number; readonly inodes: number }

export type FillRequest = {
  readonly kind: JournalEntry['kind']
  readonly volume: string
  /** How the volume is made first; it goes again when nothing comes of it. Left out when it is there. */
  readonly make: NewVolume | undefined
  /** Whether the volume may hold something already. */
  readonly replace: boolean
  readonly reads?: string
  readonly images: readonly string[]
  /** Refuses when there is too little room. */
  accept(room: Room): void
  /** Fills `new` in the staging directory. */
  fill(helper: Helper): Promise<void>
  /** Checks what was filled in. */
  check(walk: Walk): Promise<void>
  /** Brings what was checked to disk, and puts it in its place. */
  put(helper: Helper): Promise<void>
}

/**
 * Brings new contents into a volume the only way that can be interrupted anywhere: unpacked beside what is there,
 * checked, brought to disk, and put in place by renames. Until then the volume is as it was, and after a failure it
 * is so again; after a crash the journal says what is to be put right.
 */
export async function fillVolume(world: World, request: FillRequest): Promise<void> {
  const operation = newOperation()
  const { kind, volume, make, images, reads } = request
  const engine = await world.docker.engine()
  const entry: JournalEntry = { operation, kind, volume, engine: engine.id, made: make !== undefined, images }
  await world.journal.begin(entry)
  let begun = false
  let isBeingPut = false
  try {
    if (make !== undefined) {
      await refuseExisting(world, make)
      begun = true
      await world.docker.createVolume(make)
    }
    const session = { operation, writes: volume, images, ...(reads === undefined ? {} : { reads }) }
    await withHelper(world, session, async (helper) => {
      begun = true
      await prepare(world, helper, request)
      await request.fill(helper)
      const staged = [helper.path('volume'), stagingName, 'new']
      await request.check(await walkThrough(helper, { text: stagedWalkScript, arguments: staged }))
      await refuseInUse(world, volume)
      isBeingPut = true
      await request.put(helper)
    })
  } catch (error) {
    // Whoever else is at work there: what they have begun is not ours to undo.
    if (!begun) await world.journal.end(operation)
    else if ((await putRight(world, entry, error)) === 'finished' && isBeingPut) {
      world.progress.message(`What stopped the ${kind} came too late: the new contents are in place.`)
      return
    }
    throw error
  }
  await world.journal.end(operation)
}

/** The engine takes a volume that is there as made, and leaves it as it is. */
async function refuseExisting(world: World, { name }: NewVolume): Promise<void> {
  if ((await world.docker.volume(name)) !== undefined)
    throw new VolError('VOLUME_EXISTS', `The volume "${name}" has appeared meanwhile.`)
}

/** A container that began to use the volume meanwhile would lose what it writes, and its files under its feet. */
async function refuseInUse(world: World, volume: string): Promise<void> {
  const consumers = (await world.docker.containers(volume)).filter((container) => !isHelper(container))
  const [first] = consumers.filter(isAlive)
  if (first !== undefined)
    throw new VolError(
      'VOLUME_IN_USE',
      `The container "${first.name}" has begun to use the volume "${volume}" meanwhile.`,
      { suggestions: [`docker stop ${first.name}, then try again. The volume is as it was.`] },
    )
}

/** Takes back, or finishes, what had begun; when even that fails, the journal keeps it for the next run. */
async function putRight(world: World, entry: JournalEntry, error: unknown): Promise<Recovery> {
  try {
    return await recoverVolume(world.withoutSignal(), entry)
  } catch (cause) {
    // The volume is somebody else's by now, who had been first to fill it.
    if (isVolError(error, 'BUSY') && isVolError(cause, 'BUSY')) {
      await world.journal.end(entry.operation)
      return 'nothing'
    }
    throw new VolError(
      'FAILED',
      `${messageOf(error)} Its traces in the volume could not be removed either.`,
      {
        cause: new AggregateError([error, cause]),
        suggestions: ['docker vol doctor puts it right once the engine answers.'],
      },
    )
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

async function prepare(world: World, helper: Helper, request: FillRequest): Promise<void> {
  const { volume, replace } = request
  const args = [helper.path('volume'), stagingName]
  const script = { text: prepareScript, arguments: [...args, replace ? 'replace' : 'empty'] }
  let result = await helper.run(script)
  if (result.exitCode === inTheWay.leftOver) {
    // Only one helper can write a volume at a time, so whoever left this is not at work any more.
    const { became } = await recoverThrough(helper)
    world.progress.message(`An interrupted restore of "${volume}" was ${became} first.`)
    result = await helper.run(script)
  }
  if (result.exitCode === inTheWay.notEmpty)
    throw new VolError('VOLUME_NOT_EMPTY', `The volume "${volume}" is not empty.`)
  if (result.exitCode === inTheWay.fileSystems)
    throw new VolError('VOLUME_CONFLICT', `Other file systems are mounted in the volume "${volume}".`, {
      suggestions: ['Unmount them, or restore --into another volume.'],
    })
  failUnless(result, `prepare the volume "${volume}"`)
  const [bytes, inodes] = result.stdout.trim().split(/\s+/)
  request.accept({
    bytes: Number(bytes),
    inodes: inodes === '-' || inodes === undefined ? Infinity : Number(inodes),
  })
  await refuseMemory(world, request)
}

const noOptions: Readonly<Record<string, string>> = {}

/** Nothing that runs uses the volume, so one that lies in memory is given back as soon as the helper ends. */
async function refuseMemory(world: World, { volume, make }: FillRequest): Promise<void> {
  const { options } = make ?? (await world.docker.volume(volume)) ?? { options: noOptions }
  if (options['type'] !== 'tmpfs') return
  throw new VolError(
    'VOLUME_CONFLICT',
    `The volume "${volume}" lies in memory (tmpfs): what is restored would be gone at once.`,
    { suggestions: ['Restore --into another volume.'] },
  )
}
