import { accidentLabel } from '../../docker/helper-container.ts'
import type { World } from '../../plan/world.ts'

/**
 * The engine makes a volume that is mounted and went away since it was listed. What it made for our helper is empty
 * and goes again.
 */
export async function removeAccidents({ docker }: World, operation: string): Promise<void> {
  for (const { name, labels } of await docker.volumes())
    if (labels[accidentLabel] === operation) await docker.removeVolume(name)
}
