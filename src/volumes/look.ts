import type { World } from '../plan/world.ts'
import { stagingName } from './archive-script.ts'
import { succeed } from './script-result.ts'
import { withHelper } from './session.ts'

const emptyScript = `find "$1" -mindepth 1 -maxdepth 1 ! -name "$2" -print -quit | head -c 1`

/** Whether a volume holds nothing. Starts a helper to look, which takes about a second. */
export async function isEmpty(world: World, volume: string, images: readonly string[]): Promise<boolean> {
  return await withHelper(world, { reads: volume, images }, async (helper) => {
    const found = await succeed(
      helper,
      emptyScript,
      [helper.path('volume'), stagingName],
      'look into the volume',
    )
    return found === ''
  })
}
