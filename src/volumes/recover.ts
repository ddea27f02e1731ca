import { VolError } from '../errors.ts'
import type { JournalEntry } from '../plan/journal.ts'
import type { World } from '../plan/world.ts'
import { stagingName } from './archive-script.ts'
import { recoverScript } from './restore-scripts.ts'
import { succeed } from './script-result.ts'
import { withHelper } from './session.ts'

/** What became of something that was interrupted. */
export type Recovery = 'nothing' | 'undone' | 'finished' | 'gone'

/**
 * Puts right what an interrupted operation left in a volume: undone when it had only been unpacked, finished when it
 * was being put in place. Can be repeated. Whoever calls knows that the operation is not under way any more.
 */
export async function recoverVolume(world: World, entry: JournalEntry): Promise<Recovery> {
  const { volume, operation, made, images } = entry
  let recovery: Recovery = 'gone'
  if ((await world.docker.volume(volume)) !== undefined) {
    recovery = await withHelper(world, { operation, writes: volume, images }, async (helper) => {
      const told = await succeed(
        helper,
        recoverScript,
        [helper.path('volume'), stagingName],
        'put the volume right',
      )
      return recoveryOf(told.trim())
    })
    if (made && recovery !== 'finished') await removeIfUnused(world, volume)
  }
  await world.journal.end(operation)
  return recovery
}

function recoveryOf(told: string): Recovery {
  if (told === 'nothing' || told === 'undone' || told === 'finished') return told
  throw new VolError('FAILED', 'The helper did not say what became of the volume.', { output: told })
}

/** A volume that was made to be filled goes again, unless somebody has begun to use it. */
async function removeIfUnused(world: World, volume: string): Promise<void> {
  if ((await world.docker.containers(volume)).length > 0) return
  await world.docker.removeVolume(volume)
}
