import { VolError } from '../errors.ts'
import type { CloneStep, Plan } from '../plan/step.ts'
import { checkVolumeName } from '../snapshots/volume-name.ts'
import type { VolumeToCopy } from './consistency.ts'
import { methodOfPlainCopy, type CopyWish } from './snapshot.ts'

/**
 * A copy under a new name. It is a plain local volume: the options of the source may name the very place where its
 * data lies, and a copy must not lie there. It carries the user's labels, and none that tie it to a Compose project
 * or let a prune take it.
 */
export function planClone(source: VolumeToCopy, to: string, exists: boolean, wish: CopyWish): Plan {
  checkVolumeName(to)
  if (exists) throw new VolError('VOLUME_EXISTS', `The volume "${to}" is already there.`)
  const labels = Object.fromEntries(
    Object.entries(source.volume.labels).filter(
      ([label]) => !label.startsWith('com.docker.compose.') && label !== 'com.docker.volume.anonymous',
    ),
  )
  const step: CloneStep = {
    do: 'clone',
    observed: source,
    to,
    make: { name: to, driver: 'local', options: {}, labels },
    ...methodOfPlainCopy(source, wish),
  }
  return { steps: [step] }
}
