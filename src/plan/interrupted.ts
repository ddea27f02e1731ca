import { removeDeadExchangeFolders } from '../docker/exchange-folder.ts'
import { releaseLeft } from '../holds/release-left.ts'
import { recoverVolume, type Recovery } from '../volumes/recover.ts'
import type { World } from './world.ts'

const what: Readonly<Record<Recovery, string>> = {
  nothing: 'left nothing in it to be put right',
  undone: 'was undone; the volume is as it was',
  finished: 'was finished; the new contents are in place',
  kept: 'had put the new contents in place; what they replaced is now kept as an undo copy',
  gone: 'needs nothing any more, the volume is gone',
}

/** What became of something that was interrupted, in a sentence. */
export type PutRight = { readonly about: string; readonly mended: boolean }

/**
 * Finishes or undoes what interrupted runs left on this engine. What cannot be put right now stays in the journal,
 * and is no reason to leave other volumes alone: what is half done refuses to be copied by itself.
 */
export async function putInterruptedRight(world: World): Promise<readonly PutRight[]> {
  await removeDeadExchangeFolders()
  const released = await releaseInterruptedHolds(world)
  return [...released, ...(await putVolumesRight(world))]
}

/**
 * Lets containers go on that an interrupted run has paused or stopped on this engine, and that its watchdog did not
 * release either: both were killed, or the machine or the engine went down. What cannot be done now stays in the journal.
 */
export async function releaseInterruptedHolds(world: World): Promise<readonly PutRight[]> {
  const holds = (await world.journal.holds()).filter(({ interrupted }) => interrupted)
  if (holds.length === 0) return []
  const engine = await world.docker.engine()
  const told: PutRight[] = []
  for (const { entry } of holds) {
    if (entry.engine !== engine.id || !(await world.journal.claim(entry.operation))) continue
    const { notes, failed, error } = await releaseLeft(world, entry)
    told.push(...notes.map((about) => ({ about, mended: true })))
    const names = (some: typeof failed) => some.map(({ name }) => `"${name}"`).join(', ')
    if (failed.length === 0) {
      await world.journal.end(entry.operation)
      told.push({ about: `An interrupted command held ${names(entry.containers)}; released.`, mended: true })
    } else {
      const why = error instanceof Error ? error.message : String(error)
      told.push({
        about: `${names(failed)}, held by an interrupted command, cannot be let go on: ${why}`,
        mended: false,
      })
    }
  }
  return told
}

async function putVolumesRight(world: World): Promise<readonly PutRight[]> {
  const entries = await world.journal.interrupted()
  if (entries.length === 0) return []
  const engine = await world.docker.engine()
  const told: PutRight[] = []
  for (const entry of entries) {
    if (entry.engine !== engine.id) continue
    // Two that put the same thing right could take the second's work for what the first has left.
    if (!(await world.journal.claim(entry.operation))) continue
    const which = `An interrupted ${entry.kind} of the volume "${entry.volume}"`
    try {
      told.push({ about: `${which} ${what[await recoverVolume(world, entry)]}.`, mended: true })
    } catch (error) {
      world.signal.throwIfAborted()
      const why = error instanceof Error ? error.message : String(error)
      told.push({ about: `${which} could not be put right: ${why}`, mended: false })
    }
  }
  return told
}

/** What was interrupted on engines other than the one that answers: it waits until docker vol meets them again. */
export async function interruptedElsewhere(world: World): Promise<readonly string[]> {
  const entries = await world.journal.interrupted()
  const holds = (await world.journal.holds()).filter(({ interrupted }) => interrupted)
  if (entries.length + holds.length === 0) return []
  const engine = await world.docker.engine()
  const waits = (which: string, other: string, operation: string) =>
    `${which} on another engine (${other}) was interrupted. It is put right when docker vol is used there; if that engine is gone, remove ${operation}@*.json from ${world.journal.location}.`
  const elsewhere = (entry: { readonly engine: string }) => entry.engine !== engine.id
  return [
    ...entries
      .filter(elsewhere)
      .map(({ kind, volume, engine: other, operation }) =>
        waits(`A ${kind} of the volume "${volume}"`, other, operation),
      ),
    ...holds
      .map(({ entry }) => entry)
      .filter(elsewhere)
      .map(({ containers, engine: other, operation }) => {
        const names = containers.map(({ name }) => `"${name}"`).join(', ')
        return waits(`A command that held ${names}`, other, operation)
      }),
  ]
}
