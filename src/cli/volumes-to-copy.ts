import { afterLook } from '../databases/look-into.ts'
import { probeNative } from '../databases/native/native.ts'
import { VolError } from '../errors.ts'
import type { ObservedVolume } from '../facts.ts'
import { mustLookInside, type VolumeToCopy } from '../operations/consistency.ts'
import type { CopyWish } from '../operations/snapshot.ts'
import type { World } from '../plan/world.ts'
import { parseDuration } from './duration.ts'

/** Looks into the volumes whose contents matter for how they are copied; the others are left alone. */
export async function observeToCopy(
  world: World,
  volumes: readonly ObservedVolume[],
  { consistency }: CopyWish,
): Promise<readonly VolumeToCopy[]> {
  return await Promise.all(
    volumes.map(async (observed) => {
      if (!mustLookInside(observed, consistency)) return observed
      return await afterLook(world, observed, async (databases) => {
        if (consistency === 'stop' || consistency === 'pause') return { ...observed, databases }
        return { ...observed, databases, native: await probeNative(world, observed, databases) }
      })
    }),
  )
}

/** What `--consistency` and `--max-hold` come to. */
export function copyWish(flags: {
  readonly consistency: CopyWish['consistency']
  readonly 'max-hold'?: string | undefined
}): CopyWish {
  const { consistency, 'max-hold': longest } = flags
  if (longest === undefined) return { consistency }
  const maxSeconds = parseDuration('max-hold', longest) / 1000
  if (maxSeconds === 0)
    throw new VolError('USAGE', 'invalid argument "0" for "--max-hold" flag: must be a second at least')
  return { consistency, maxSeconds }
}
