/** Every rule, in the order of their names. A test holds this list against the folder. */
import type { Rule } from '../rule.ts'
import { anonymousVolume } from './anonymous-volume.ts'
import { applicationDataWithoutVolume } from './application-data-without-volume.ts'
import { bindShortSyntax } from './bind-short-syntax.ts'
import { bindSourceMissing } from './bind-source-missing.ts'
import { configMountedWritable } from './config-mounted-writable.ts'
import { dataInAnonymousVolume } from './data-in-anonymous-volume.ts'
import { dataInContainerLayer } from './data-in-container-layer.ts'
import { databaseBindMount } from './database-bind-mount.ts'
import { databaseKilled } from './database-killed.ts'
import { databaseMountPath } from './database-mount-path.ts'
import { databaseOnNetworkMount } from './database-on-network-mount.ts'
import { databaseOnNetworkVolume } from './database-on-network-volume.ts'
import { databaseOnTmpfs } from './database-on-tmpfs.ts'
import { databaseOutsideItsVolume } from './database-outside-its-volume.ts'
import { databaseStopGracePeriod } from './database-stop-grace-period.ts'
import { databaseTwoWriters } from './database-two-writers.ts'
import { databaseUnpinnedImage } from './database-unpinned-image.ts'
import { databaseWithoutVolume } from './database-without-volume.ts'
import { driverOptionsCredentials } from './driver-options-credentials.ts'
import { externalVolumeMissing } from './external-volume-missing.ts'
import { healthcheckKillsRecovery } from './healthcheck-kills-recovery.ts'
import { ignoreUnused } from './ignore-unused.ts'
import { ignoreWithoutReason } from './ignore-without-reason.ts'
import { imageVolumeUncovered } from './image-volume-uncovered.ts'
import { lostDatabaseVolume } from './lost-database-volume.ts'
import { mountHidesImageFiles } from './mount-hides-image-files.ts'
import { mountHidesMountedData } from './mount-hides-mounted-data.ts'
import { mountHidesSystemDirectory } from './mount-hides-system-directory.ts'
import { mountInsideDatabase } from './mount-inside-database.ts'
import { mountNotOwnedByUser } from './mount-not-owned-by-user.ts'
import { mountOptionIgnored } from './mount-option-ignored.ts'
import { mountTargetDuplicate } from './mount-target-duplicate.ts'
import { networkVolumeOptions } from './network-volume-options.ts'
import { projectNameNotSet } from './project-name-not-set.ts'
import { replicasShareVolume } from './replicas-share-volume.ts'
import { secretInVolume } from './secret-in-volume.ts'
import { selinuxRelabelHostPath } from './selinux-relabel-host-path.ts'
import { sensitiveHostPath } from './sensitive-host-path.ts'
import { snapshotMissing } from './snapshot-missing.ts'
import { snapshotOld } from './snapshot-old.ts'
import { snapshotUnverified } from './snapshot-unverified.ts'
import { sourceTreeBindMount } from './source-tree-bind-mount.ts'
import { tmpfsWithoutSize } from './tmpfs-without-size.ts'
import { volumeChangesLibc } from './volume-changes-libc.ts'
import { volumeConfigChanged } from './volume-config-changed.ts'
import { volumeNameReused } from './volume-name-reused.ts'
import { volumeOfAnotherMajor } from './volume-of-another-major.ts'
import { volumeSharedWritable } from './volume-shared-writable.ts'
import { volumeSubpath } from './volume-subpath.ts'
import { volumeUndeclared } from './volume-undeclared.ts'
import { volumeUnused } from './volume-unused.ts'
import { volumeWrittenByOthers } from './volume-written-by-others.ts'
import { volumesFrom } from './volumes-from.ts'

export const rules: readonly Rule[] = [
  anonymousVolume,
  applicationDataWithoutVolume,
  bindShortSyntax,
  bindSourceMissing,
  configMountedWritable,
  dataInAnonymousVolume,
  dataInContainerLayer,
  databaseBindMount,
  databaseKilled,
  databaseMountPath,
  databaseOnNetworkMount,
  databaseOnNetworkVolume,
  databaseOnTmpfs,
  databaseOutsideItsVolume,
  databaseStopGracePeriod,
  databaseTwoWriters,
  databaseUnpinnedImage,
  databaseWithoutVolume,
  driverOptionsCredentials,
  externalVolumeMissing,
  healthcheckKillsRecovery,
  ignoreUnused,
  ignoreWithoutReason,
  imageVolumeUncovered,
  lostDatabaseVolume,
  mountHidesImageFiles,
  mountHidesMountedData,
  mountHidesSystemDirectory,
  mountInsideDatabase,
  mountNotOwnedByUser,
  mountOptionIgnored,
  mountTargetDuplicate,
  networkVolumeOptions,
  projectNameNotSet,
  replicasShareVolume,
  secretInVolume,
  selinuxRelabelHostPath,
  sensitiveHostPath,
  snapshotMissing,
  snapshotOld,
  snapshotUnverified,
  sourceTreeBindMount,
  tmpfsWithoutSize,
  volumeChangesLibc,
  volumeConfigChanged,
  volumeNameReused,
  volumeOfAnotherMajor,
  volumeSharedWritable,
  volumeSubpath,
  volumeUndeclared,
  volumeUnused,
  volumeWrittenByOthers,
  volumesFrom,
]
