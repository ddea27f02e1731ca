import type { Docker } from '../docker/docker.ts'
import { directoryStore } from '../stores/directory.ts'
import { putVolumeRight, type Recovery } from '../volumes/recover.ts'
import { directoryJournal } from './directory-journal.ts'
import type { JournalEntry } from './journal.ts'
import type { World } from './world.ts'

/**
 * Finishes or undoes what a process that has ended was doing to volumes whose containers it held, so that these can go
 * on: an undo copy, which can take long, is left to the next run. Fails when a volume cannot be put right. Then
 * `claimed`, for who tries again, holds what this process has taken over and not put right.
 */
export async function putHeldVolumesRight(
  world: World,
  volumes: readonly string[],
  claimed: Set<JournalEntry> = new Set(),
): Promise<readonly HeldVolumePutRight[]> {
  const done: HeldVolumePutRight[] = []
  const engine = await world.docker.engine()
  for (const entry of [...claimed, ...(await world.journal.interrupted())]) {
    if (entry.engine !== engine.id || !volumes.includes(entry.volume)) continue
    if (!claimed.has(entry) && !(await world.journal.claim(entry.operation))) continue
    claimed.add(entry)
    done.push({ entry, ...(await putVolumeRight(world, entry)) })
    claimed.delete(entry)
  }
  return done
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
  readonly journal: string
  readonly store: string
  readonly helperImage: string | undefined
  /** Milliseconds for all of it. */
  readonly patience: number
}

/** What the watchdog puts volumes right with. Nobody is there any more to be told of anything, or to interrupt it. */
export function quietWorld({ docker, journal, store, helperImage, patience }: Places): World {
  const worldOf = (signal: AbortSignal): World => ({
    docker: docker(),
    journal: directoryJournal(journal),
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
