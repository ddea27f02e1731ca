import { lookThrough } from '../databases/look-into.ts'
import { recogniseDatabases } from '../databases/recognise.ts'
import type { Helper } from '../docker/docker.ts'
import { volumeNotFound } from '../docker/observe.ts'
import { isVolError, VolError } from '../errors.ts'
import type { ObservedVolume } from '../facts.ts'
import type { World } from '../plan/world.ts'
import { stagingName } from '../volumes/archive-script.ts'
import { dropAsideScript } from '../volumes/restore-scripts.ts'
import { succeed } from '../volumes/script-result.ts'
import { readUndoNoteScript } from '../volumes/set-aside-script.ts'
import type { StoredSnapshot, UndoCopy } from './format.ts'
import { formatReference } from './reference.ts'
import { configOf, describe } from './snapshot-volume.ts'
import { takeSnapshot } from './take.ts'
import { withDraft } from './with-draft.ts'
import { readUndoNote, type UndoNote } from './undo-copy.ts'

/**
 * Makes an undo copy of what a restore has moved aside in the volume that the helper writes, and removes it from the
 * volume once the copy is complete and on disk. Can be repeated after whatever interruption; it is kept once. Fails
 * as a snapshot does, and leaves what was moved aside where it is.
 */
export async function keepUndoCopy(world: World, helper: Helper, volume: string): Promise<StoredSnapshot> {
  const args = [helper.path('volume'), stagingName]
  const observing = observe(world, volume)
  observing.catch(() => undefined)
  const told = await succeed(helper, readUndoNoteScript, args, 'read what was moved aside')
  const [first = '', ...paths] = told.split('\0').slice(0, -1).map(decoded)
  const note = readUndoNote(first)
  const kept = await world.store.list(volume)
  const copy =
    kept.find(({ config }) => config.undo?.operation === note.operation) ??
    (await take(world, helper, await observing, note, paths))
  try {
    await succeed(helper, dropAsideScript, args, 'remove what is kept by now')
  } catch (error) {
    world.signal.throwIfAborted()
    throw new StillAside(copy, error)
  }
  return copy
}

/** The undo copy is complete and on disk; what it was made of could not be removed from the volume. */
export class StillAside extends VolError {
  readonly copy: StoredSnapshot

  constructor(copy: StoredSnapshot, cause: unknown) {
    const message = cause instanceof Error ? cause.message : String(cause)
    super(
      'FAILED',
      `What the last restore of "${copy.config.volume.name}" replaced is kept as ${formatReference(copy)}, but could not be removed from the volume: ${message} It takes room there, in ${stagingName}.`,
      {
        suggestions: [
          'docker vol doctor removes it, once nothing is in the way: a file that lsattr shows with an "i" is set free by chattr -i.',
        ],
        ...(isVolError(cause) && cause.output !== undefined ? { output: cause.output } : {}),
        cause,
      },
    )
    this.copy = copy
  }
}

async function observe(world: World, name: string): Promise<ObservedVolume> {
  const [volume, consumers] = await Promise.all([world.docker.volume(name), world.docker.consumers(name)])
  if (volume === undefined) throw volumeNotFound(name)
  return { volume, consumers, helpers: [] }
}

async function take(
  world: World,
  helper: Helper,
  observed: ObservedVolume,
  { consistency, set, ...note }: UndoNote,
  paths: readonly string[],
): Promise<StoredSnapshot> {
  const { name: volume } = observed.volume
  const told = { title: `Keep what ${volume} held` }
  return await withDraft(world, volume, told, async ({ draft, compressor, task }) => {
    const about = describe(world, observed)
    about.catch(() => undefined)
    // What was moved aside is a tree of its own, which lies where a volume would.
    const aside: Helper = { ...helper, path: (mount) => `${helper.path(mount)}/${stagingName}/old` }
    const looking = lookThrough(aside, 'volume').catch(() => undefined)
    const taken = await takeSnapshot({
      helper: aside,
      compressor,
      draft,
      signal: world.signal,
      consistency,
      expect: (total) => task.update({ total }),
      progress: (done) => task.update({ done }),
    })
    const undo: UndoCopy = { ...note, ...(paths.length === 0 ? {} : { paths: [...new Set(paths)] }) }
    const databases = recogniseDatabases(await looking, volume, observed.consumers)
    const config = { ...configOf(world, observed, taken, { ...(await about), databases, set }), undo }
    const copy = await draft.commit(config, taken.layers, {})
    task.finish()
    return copy
  })
}

/** Scripts hand bytes over; what we wrote ourselves was text. */
function decoded(bytes: string): string {
  return Buffer.from(bytes, 'latin1').toString()
}
