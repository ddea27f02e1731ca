import type { Docker } from '../docker/docker.ts'
import { VolError } from '../errors.ts'
import { directoryStore } from '../stores/directory.ts'
import { putVolumeRight, type Recovery } from '../volumes/recover.ts'
import type { Journal, JournalEntry } from './journal.ts'
import type { World } from './world.ts'

/**
 * Finishes or undoes what a process that has ended was doing to volumes whose containers it held, so that these can go
 * on: an undo copy, which can take long, is left to the next run. Fails when a volume cannot be put right, and with BUSY
 * while anybody else has something to do in one of them. Whoever tries again gives `soFar` again, and gets what came of
 * all of it.
 */
export async function putHeldVolumesRight(
  world: World,
  volumes: readonly string[],
  soFar: PutRightSoFar = { claimed: new Set(), done: [] },
): Promise<readonly HeldVolumePutRight[]> {
  const { claimed, done } = soFar
  const { journal } = world
  const engine = await world.docker.engine()
  const concerns = (entry: JournalEntry) => entry.engine === engine.id && volumes.includes(entry.volume)
  for (const entry of [...claimed, ...(await journal.interrupted())]) {
    if (!concerns(entry)) continue
    if (!claimed.has(entry) && !(await journal.claim(entry.operation))) continue
    claimed.add(entry)
    done.push({ entry, ...(await putVolumeRight(world, entry)) })
    claimed.delete(entry)
  }
  // Last, so that what others took over, before or meanwhile, is seen: they can be moving files just now.
  const other = (await journal.othersWork()).find(concerns)
  if (other !== undefined)
    throw new VolError('BUSY', `Another docker vol is at work in the volume "${other.volume}".`)
  return [...done]
}

/** What tries that failed have taken over and not put right, and what they have. */
export type PutRightSoFar = {
  readonly claimed: Set<JournalEntry>
  readonly done: HeldVolumePutRight[]
}

/** Whether a volume has its new contents now, rather than those that it had before. */
export function isReplaced({ became, keeping }: HeldVolumePutRight): boolean {
  return became === 'finished' || keeping
}

export type HeldVolumePutRight = {
  readonly entry: JournalEntry
  readonly became: Exclude<Recovery, 'kept'>
  /** Whether an undo copy is still to be made, for which the entry stays in the journal. */
  readonly keeping: boolean
}

type Places = {
  readonly docker: () => Docker
  /** That of the watchdog itself, which owns what it has taken over. */
  readonly journal: Journal
  readonly store: string
  readonly helperImage: string | undefined
  /** Milliseconds for all of it. */
  readonly patience: number
}

/** What the watchdog puts volumes right with. Nobody is there any more to be told of anything, or to interrupt it. */
export function quietWorld({ docker, journal, store, helperImage, patience }: Places): World {
  const worldOf = (signal: AbortSignal): World => ({
    docker: docker(),
    journal,
    store: directoryStore(store),
    helperImage,
    signal,
    progress: { start: () => ({ update() {}, finish() {}, fail() {} }), message() {} },
    toolVersion: '',
    standardInput: nobody,
    standardOutput: nobody,
    withSignal: worldOf,
    withoutSignal: () => worldOf(AbortSignal.timeout(patience)),
  })
  return worldOf(AbortSignal.timeout(patience))
}

function nobody(): never {
  throw new Error('Nobody reads or writes an archive here.')
}
