import type { Helper } from '../docker/docker.ts'
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
  let became: Recovery = 'gone'
  if ((await world.docker.volume(volume)) !== undefined) {
    const recovered = await withHelper(world, { writes: volume, images }, recoverThrough)
    became = recovered.became
    // What was made to be filled goes again. Whatever it holds now is somebody else's.
    if (made && became !== 'finished' && recovered.empty) await removeIfUnused(world, volume)
  }
  await world.journal.end(operation)
  return became
}

/** The same in the volume that a helper has open, which nobody else can be writing then. */
export async function recoverThrough(
  helper: Helper,
): Promise<{ readonly became: Recovery; readonly empty: boolean }> {
  const args = [helper.path('volume'), stagingName]
  const told = await succeed(helper, recoverScript, args, 'put the volume right')
  const [became, state] = told.trim().split('\n')
  if (became !== 'nothing' && became !== 'undone' && became !== 'finished')
    throw new VolError('FAILED', 'The helper did not say what became of the volume.', { output: told })
  return { became, empty: state === 'empty' }
}

async function removeIfUnused(world: World, volume: string): Promise<void> {
  if ((await world.docker.containers(volume)).length > 0) return
  await world.docker.removeVolume(volume)
}
