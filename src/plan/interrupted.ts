import { removeDeadExchangeFolders } from '../docker/exchange-folder.ts'
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
  if (entries.length === 0) return []
  const engine = await world.docker.engine()
  return entries
    .filter((entry) => entry.engine !== engine.id)
    .map(
      ({ kind, volume, engine: other, operation }) =>
        `A ${kind} of the volume "${volume}" on another engine (${other}) was interrupted. It is put right when docker vol is used there; if that engine is gone, remove ${operation}@*.json from ${world.journal.location}.`,
    )
}
