import { VolError } from '../errors.ts'
import type { Plan, RemoveSnapshotStep } from '../plan/step.ts'
import { formatReference, type SnapshotReference } from '../snapshots/reference.ts'

/**
 * Removes snapshots. Unless forced, a volume keeps at least one that can be restored: `restorable` are the
 * references of all those.
 */
export function planRemove(
  wanted: readonly SnapshotReference[],
  restorable: readonly SnapshotReference[],
  force: boolean,
): Plan {
  const going = new Set(wanted.map(formatReference))
  for (const volume of new Set(wanted.map((reference) => reference.volume))) {
    const ofVolume = restorable.filter((reference) => reference.volume === volume).map(formatReference)
    if (force || ofVolume.length === 0 || ofVolume.some((reference) => !going.has(reference))) continue
    throw new VolError(
      'LAST_SNAPSHOT',
      `After this the volume "${volume}" would have no snapshot that can be restored.`,
    )
  }
  const steps = [...going].map((reference): RemoveSnapshotStep => {
    const [volume = '', id = ''] = reference.split('@')
    return {
      do: 'remove-snapshot',
      volume,
      id,
      why: force ? 'asked for, by force' : 'asked for; others stay',
    }
  })
  return { steps }
}
