/** Every rule, in the order of their names. A test holds this list against the folder. */
import type { Rule } from '../rule.ts'
import { anonymousVolume } from './anonymous-volume.ts'
import { databaseMountPath } from './database-mount-path.ts'
import { databaseStopGracePeriod } from './database-stop-grace-period.ts'
import { databaseUnpinnedImage } from './database-unpinned-image.ts'
import { databaseWithoutVolume } from './database-without-volume.ts'
import { volumeUndeclared } from './volume-undeclared.ts'
import { volumeUnused } from './volume-unused.ts'

export const rules: readonly Rule[] = [
  anonymousVolume,
  databaseMountPath,
  databaseStopGracePeriod,
  databaseUnpinnedImage,
  databaseWithoutVolume,
  volumeUndeclared,
  volumeUnused,
]
