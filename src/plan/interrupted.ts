import { removeDeadExchangeFolders } from '../docker/exchange-folder.ts'
import { recoverVolume, type Recovery } from '../volumes/recover.ts'
import type { World } from './world.ts'

const what: Readonly<Record<Recovery, string>> = {
  nothing: 'had not begun',
  undone: 'was undone; the volume is as it was',
  finished: 'was finished; the new contents are in place',
  gone: 'needs nothing any more, the volume is gone',
}

/** Finishes or undoes what interrupted runs left on this engine, and says what was done, a sentence each. */
export async function putInterruptedRight(world: World): Promise<readonly string[]> {
  await removeDeadExchangeFolders()
  const entries = await world.journal.interrupted()
  if (entries.length === 0) return []
  const engine = await world.docker.engine()
  const told: string[] = []
  for (const entry of entries) {
    if (entry.engine !== engine.id) continue
    // Two that put the same thing right could take the second's work for what the first has left.
    if (!(await world.journal.claim(entry.operation))) continue
    const recovery = await recoverVolume(world, entry)
    told.push(`An interrupted ${entry.kind} of the volume "${entry.volume}" ${what[recovery]}.`)
  }
  return told
}
