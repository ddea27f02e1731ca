import type { Helper, NewVolume } from '../docker/docker.ts'
import { isVolError, VolError, withOutput } from '../errors.ts'
import { isAlive } from '../facts.ts'
import type { Hold } from '../holds/plan-hold.ts'
import { HalfDone, withHold, type Held } from '../holds/with-hold.ts'
import type { JournalEntry } from '../plan/journal.ts'
import type { World } from '../plan/world.ts'
import type { SnapshotSet, StoredSnapshot, UndoCopy } from '../snapshots/format.ts'
import { StillAside } from '../snapshots/keep-undo-copy.ts'
import type { UndoNote } from '../snapshots/undo-copy.ts'
import { stagingName } from './archive-script.ts'
import { inTheWay } from './in-the-way.ts'
import { keepAside, putVolumeRight, recoverThrough } from './recover.ts'
import { prepareScript, stagedWalkScript } from './restore-scripts.ts'
import { failUnless, mountedInside } from './script-result.ts'
import { newOperation, useHelper, withHelper } from './session.ts'
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
  /** What the undo copy says of who took it; left out when nothing can be replaced that anybody wants back. */
  readonly undo?: Pick<UndoCopy, 'takenBy' | 'replacedBy' | 'stopped' | 'ran'>
  /** Who is stopped while the files are switched; without it, nothing that runs may use the volume. */
  readonly hold?: Hold | undefined
  /** Set instead when they are stopped already, by a hold with `stays`; it must be unbroken, and ends with the switch. */
  readonly held?: Held
  readonly reads?: string
  readonly images: readonly string[]
  /** Refuses when there is too little room. */
  accept(room: Room): void
  /** Fills `new` in the staging directory. */
  fill(helper: Helper): Promise<void>
  /** Checks what was filled in. */
  check(walk: Walk): Promise<void>
  /**
   * Brings what was checked to disk, and puts it in its place. `note` is for the switch script, whose output this gives.
   */
  put(helper: Helper, note: string): Promise<string>
}

/** What came of it. */
export type Filled = {
  /** What was there before, if anything was. */
  readonly undoCopy: StoredSnapshot | undefined
  readonly warnings: readonly string[]
}

/**
 * Brings new contents into a volume the only way that can be interrupted anywhere: unpacked beside what is there,
 * checked, brought to disk, and put in place by renames. Until then the volume is as it was, and after a failure it
 * is so again; after a crash the journal says what is to be put right. What was there is kept as an undo copy: until
 * that is complete and on disk, it stays in the volume. Who uses the volume is stopped during the renames alone.
 */
export async function fillVolume(world: World, request: FillRequest): Promise<Filled> {
  const operation = newOperation()
  const { kind, volume, make, images, reads } = request
  const engine = await world.docker.engine()
  const entry: JournalEntry = { operation, kind, volume, engine: engine.id, made: make !== undefined, images }
  // Only a look, so it need not wait for the journal.
  const free = make === undefined ? undefined : refuseExisting(world, make)
  free?.catch(() => undefined)
  await world.journal.begin(entry)
  // Whether something was begun that has to be put right should this fail.
  let begun = false
  // Whether that was tried in vain, so that it is the next run's.
  let isHalfDone = false
  let used: { readonly result: Kept; readonly closed: Promise<void> }
  try {
    if (make !== undefined) {
      await free
      begun = true
      await world.docker.createVolume(make)
    }
    const session = { operation, writes: volume, images, ...(reads === undefined ? {} : { reads }) }
    used = await useHelper(world, session, async (helper) => {
      begun = true
      await prepare(world, helper, request)
      await request.fill(helper)
      const staged = [helper.path('volume'), stagingName, 'new']
      await request.check(await walkThrough(helper, { text: stagedWalkScript, arguments: staged }))
      const put = await putInPlace(world, request, {
        put: () => request.put(helper, noteFor(request, operation)),
        async afterFailure(error) {
          await helper.close()
          begun = false
          isHalfDone = true
          const { became, keeping } = await putRight(world, entry, error)
          isHalfDone = false
          return became === 'finished' || keeping ? { keeping } : undefined
        },
      })
      const { keeping, isHelperGone, failure } = put
      if (!keeping) return { ...nothingToKeep, failure }
      const keep = (through: Helper) => keepAside(world, through, volume)
      const result = await keepOrWarn(world, volume, () =>
        isHelperGone ? withHelper(world, { writes: volume, images }, keep) : keep(helper),
      )
      return { ...result, failure }
    })
  } catch (error) {
    if (isHalfDone) throw error
    // Whoever else is at work there: what they have begun is not ours to undo.
    const { keeping } = begun ? await putRight(world, entry, error) : { keeping: false }
    // What waits there was left by another restore, which has an entry of its own.
    if (!begun || keeping) await world.journal.end(operation)
    throw error
  }
  const { result: kept, closed } = used
  // What is over needs nothing of a helper that is ending.
  const over = kept.isOver ? world.journal.end(operation) : undefined
  over?.catch(() => undefined)
  await closed
  await over
  if (kept.failure !== undefined) throw kept.failure
  return kept
}

/** The same, for who looks after the journal. */
export type Kept = Filled & {
  /** False while what was there still waits in the volume: the journal leads the next run to it. */
  readonly isOver: boolean
  /** What failed though the new contents are in place. */
  readonly failure?: unknown
}

/** Nothing was there before. */
export const nothingToKeep: Kept = { undoCopy: undefined, warnings: [], isOver: true }

type Put = {
  /** Whether what was there waits to be kept. */
  readonly keeping: boolean
  readonly isHelperGone: boolean
  readonly failure: unknown
}

/**
 * Puts the new contents in place while nobody uses the volume. When that fails, the volume is put right before anybody
 * goes on: taken back, and then this fails; or finished, when that is what remains to be done.
 */
async function putInPlace(
  world: World,
  request: FillRequest,
  act: {
    put(): Promise<string>
    /** Undefined when the volume is as it was. */
    afterFailure(error: unknown): Promise<{ readonly keeping: boolean } | undefined>
  },
): Promise<Put> {
  let put: Put | undefined
  try {
    await whileNobodyUses(world, request, async () => {
      try {
        const said = await act.put()
        put = { keeping: said.split('\n').includes('keeping'), isHelperGone: false, failure: undefined }
      } catch (error) {
        const finished = await act.afterFailure(error)
        if (finished === undefined) throw error
        world.progress.message(
          `What stopped the ${request.kind} came too late: the new contents are in place.`,
        )
        put = { ...finished, isHelperGone: true, failure: undefined }
      }
    })
  } catch (error) {
    if (put === undefined) throw error
    world.progress.message(`The new contents of "${request.volume}" are in place.`)
    return { ...put, failure: error }
  }
  if (put === undefined) throw new Error('nothing was put in place')
  return put
}

/** The new contents are in place whatever comes of this, so a failure is no more than a warning. */
export async function keepOrWarn(
  world: World,
  volume: string,
  keep: () => Promise<StoredSnapshot>,
): Promise<Kept> {
  try {
    return { undoCopy: await keep(), warnings: [], isOver: true }
  } catch (error) {
    const warnings = world.signal.aborted
      ? [
          `The new contents of "${volume}" are in place. What it held before is in it still, in ${stagingName}/old; the next docker vol command that changes something, or docker vol doctor, keeps it as an undo copy.`,
        ]
      : isVolError(error)
        ? [withOutput(error), ...error.suggestions]
        : [messageOf(error)]
    const undoCopy = error instanceof StillAside ? error.copy : undefined
    return { undoCopy, warnings, isOver: false }
  }
}

/** What the staging directory says of what it moves aside; nothing when nobody could want that back. */
export function noteFor(
  { undo, make, hold, held }: FillRequest,
  operation: string,
  set?: SnapshotSet,
): string {
  if (undo === undefined || make !== undefined) return ''
  const stopped = held?.containers ?? (hold?.stays === true ? hold.containers : undefined)
  const note: UndoNote = {
    operation,
    ...undo,
    at: new Date().toISOString(),
    ...(set === undefined ? {} : { set }),
    ...(stopped === undefined ? {} : { stopped: stopped.map(({ id, name }) => ({ id, name })) }),
    consistency:
      (hold === undefined || hold.containers.length === 0) && held === undefined
        ? { method: 'idle', why: `a ${undo.takenBy} moved it aside while nothing that runs used it` }
        : {
            method: 'stopped',
            why: `a ${undo.takenBy} moved it aside${hold === undefined ? ' while who used it was stopped' : `, ${hold.why}`}`,
          },
  }
  return JSON.stringify(note)
}

/**
 * Does what must not be seen half done: the renames, in which a running container would lose its files. What can take
 * long, staging before and keeping the undo copy after, is no part of it. A container that is only paused would go on
 * with the old files, which it has open; so all are stopped, and started again.
 */
async function whileNobodyUses(
  world: World,
  { volume, hold, held }: FillRequest,
  action: () => Promise<void>,
): Promise<void> {
  const alone = async () => {
    await refuseInUse(world, volume)
    await action()
  }
  if (held !== undefined) {
    await held.confirmUnbroken()
    await alone()
    await held.leaveStopped()
  } else if (hold === undefined) await alone()
  else {
    // Where there was nobody to stop when this was agreed to, nobody is.
    if (hold.containers.length === 0) await refuseInUse(world, volume)
    await withHold(world, hold, async (within) => {
      await alone()
      if (hold.stays === true) await within.leaveStopped()
    })
  }
}

/** The engine takes a volume that is there as made, and leaves it as it is. */
export async function refuseExisting(world: World, { name }: NewVolume): Promise<void> {
  if ((await world.docker.volume(name)) !== undefined)
    throw new VolError('VOLUME_EXISTS', `The volume "${name}" has appeared meanwhile.`)
}

/** A container that began to use the volume meanwhile would lose what it writes, and its files under its feet. */
export async function refuseInUse(world: World, volume: string): Promise<void> {
  const [first] = (await world.docker.consumers(volume)).filter(isAlive)
  if (first !== undefined)
    throw new VolError(
      'VOLUME_IN_USE',
      `The container "${first.name}" has begun to use the volume "${volume}" meanwhile.`,
      { suggestions: [`docker stop ${first.name}, then try again. The volume is as it was.`] },
    )
}

/** Takes back, or finishes, what had begun; when even that fails, the journal keeps it for the next run. */
export async function putRight(
  world: World,
  entry: JournalEntry,
  error: unknown,
): Promise<Awaited<ReturnType<typeof putVolumeRight>>> {
  try {
    return await putVolumeRight(world.withoutSignal(), entry)
  } catch (cause) {
    // The volume is somebody else's by now, who had been first to fill it.
    if (isVolError(error, 'BUSY') && isVolError(cause, 'BUSY')) {
      await world.journal.end(entry.operation)
      return { became: 'nothing', keeping: false }
    }
    const said = [error, cause].map((each) => (isVolError(each) ? (each.output?.trim() ?? '') : ''))
    const outputs = [...new Set(said)].filter((output) => output !== '')
    throw new HalfDone(
      'FAILED',
      `${messageOf(error)} Its traces in the volume could not be removed either: ${messageOf(cause)}`,
      {
        ...(outputs.length === 0 ? {} : { output: outputs.join('\n') }),
        cause: new AggregateError([error, cause]),
        suggestions: [
          'docker vol doctor puts it right once nothing is in the way and the engine answers, and starts what was stopped for this.',
        ],
      },
    )
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** Makes the staging directory in a volume, once whatever was left there is put right and it is sure that there is room. */
export async function prepare(world: World, helper: Helper, request: FillRequest): Promise<void> {
  const { volume, replace } = request
  const args = [helper.path('volume'), stagingName]
  const script = { text: prepareScript, arguments: [...args, replace ? 'replace' : 'empty'] }
  const inMemory = refuseMemory(world, request)
  inMemory.catch(() => undefined)
  let result = await helper.run(script)
  if (result.exitCode === inTheWay.leftOver) {
    // Only one helper can write a volume at a time, so whoever left this is not at work any more.
    const { became } = await recoverThrough(world, helper, volume)
    world.progress.message(
      became === 'nothing'
        ? `What an earlier restore of "${volume}" replaced was kept as an undo copy first.`
        : `An interrupted restore of "${volume}" was ${became} first.`,
    )
    result = await helper.run(script)
  }
  if (result.exitCode === inTheWay.notEmpty)
    throw new VolError('VOLUME_NOT_EMPTY', `The volume "${volume}" is not empty.`)
  if (result.exitCode === inTheWay.fileSystems)
    throw mountedInside(`the volume "${volume}"`, result, [
      'Unmount it, then try again; or restore --into another volume. Nothing was changed.',
    ])
  failUnless(result, `prepare the volume "${volume}"`)
  const [bytes, inodes] = result.stdout.trim().split(/\s+/)
  request.accept({
    bytes: Number(bytes),
    inodes: inodes === '-' || inodes === undefined ? Infinity : Number(inodes),
  })
  await inMemory
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
