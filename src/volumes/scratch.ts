import { setTimeout as sleep } from 'node:timers/promises'
import { isAlive } from '../facts.ts'
import type { JournalEntry } from '../plan/journal.ts'
import type { World } from '../plan/world.ts'
import { newOperation } from './session.ts'

/** The label on a volume that is a copy to try something on. Its value is the operation. */
export const scratchLabel = 'docker-vol.scratch'

/** Milliseconds in which a container ends that was on the leash of a process which has died. */
const longestEnd = 15_000

/**
 * Does something that needs a volume of its own (it is not made yet; `entry.volume` is its name), and removes that
 * whatever happens. After a crash the next run does: it is in the journal before it is there.
 */
export async function withScratch<Result>(
  world: World,
  action: (scratch: JournalEntry) => Promise<Result>,
): Promise<Result> {
  const operation = newOperation()
  const { id: engine } = await world.docker.engine()
  const volume = `docker-vol-scratch-${operation}`
  const entry: JournalEntry = { operation, kind: 'boot', volume, engine, made: true, images: [] }
  await world.journal.begin(entry)
  try {
    return await action(entry)
  } finally {
    try {
      await removeScratch(world.withoutSignal(), entry)
    } catch (error) {
      // What came of the action matters more; the journal still leads the next run to the volume.
      const why = error instanceof Error ? error.message : String(error)
      world.progress.message(
        `The volume ${volume} could not be removed: ${why} docker vol doctor removes it.`,
      )
    }
  }
}

/** Removes such a volume once the containers on it have ended, and takes it out of the journal. */
export async function removeScratch(
  world: World,
  { volume, operation }: Pick<JournalEntry, 'volume' | 'operation'>,
): Promise<void> {
  const giveUp = Date.now() + longestEnd
  while ((await world.docker.containers(volume)).some(isAlive) && Date.now() < giveUp)
    await sleep(200, undefined, { signal: world.signal })
  if ((await world.docker.volume(volume)) !== undefined) await world.docker.removeVolume(volume)
  await world.journal.end(operation)
}
