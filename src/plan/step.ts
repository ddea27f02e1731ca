import type { NativePlan } from '../databases/native/native.ts'
import type { DatabaseFacts, NewVolume, ObservedVolume } from '../facts.ts'
import type { Hold } from '../holds/plan-hold.ts'
import type { Migration } from '../migrate/migration.ts'
import type { SnapshotSet, StoredSnapshot, UndoCopy } from '../snapshots/format.ts'

/** One act, with its reason. Whoever carries it out decides nothing any more. */
export type Step =
  | SnapshotStep
  | NativeSnapshotStep
  | HeldSnapshotsStep
  | ExportStep
  | RestoreStep
  | RestorePathsStep
  | RestoreSetStep
  | ImportStep
  | CloneStep
  | RemoveSnapshotStep
  | KeepSnapshotStep
  | TrashSnapshotStep
  | UntrashSnapshotStep
  | RehearsalStep
  | MigrateStep

export type Plan = {
  readonly steps: readonly Step[]
  /** What a reader should know of the whole, a sentence each. */
  readonly notes?: readonly string[]
}

export type SnapshotStep = {
  readonly do: 'snapshot'
  readonly observed: ObservedVolume
  readonly method: 'idle' | 'live'
  /** Of a project, in which set it is. */
  readonly set?: SnapshotSet
  readonly why: string
}

/** By the backup of the database in it, while that runs. */
export type NativeSnapshotStep = {
  readonly do: 'snapshot-native'
  readonly observed: ObservedVolume
  readonly databases: readonly DatabaseFacts[]
  readonly native: NativePlan
  readonly set?: SnapshotSet
  readonly why: string
}

/** Of several volumes at one point in time: whoever can write one of them is held meanwhile. */
export type HeldSnapshotsStep = {
  readonly do: 'snapshot-held'
  readonly hold: Hold
  readonly volumes: readonly {
    readonly observed: ObservedVolume
    readonly method: 'paused' | 'stopped'
    /** Whether most of it is copied before anybody is held, and then only what was written since. */
    readonly before: boolean
    readonly why: string
  }[]
  readonly set?: SnapshotSet
  readonly why: string
}

/** A plain tar of a volume, to a file or to standard output. */
export type ExportStep = {
  readonly do: 'export'
  readonly observed: ObservedVolume
  readonly method: 'idle' | 'live' | 'paused' | 'stopped'
  /** Who is held all the while. */
  readonly hold?: Hold
  /** Absolute path, or `-`. */
  readonly output: string
  readonly compression: 'none' | 'gzip' | 'zstd'
  readonly why: string
}

export type RestoreStep = {
  readonly do: 'restore'
  readonly snapshot: StoredSnapshot
  readonly volume: string
  /** How the volume is made first; it goes again when nothing comes of it. Left out when it is there. */
  readonly make?: NewVolume
  /** Whether what the volume holds may be replaced. */
  readonly replace: boolean
  /** Images to start the helper from. */
  readonly images: readonly string[]
  /** Who is stopped while the files are switched, and started again. */
  readonly hold?: Hold
  /** What the undo copy says of who took it; a restore unless given. */
  readonly takenBy?: UndoCopy['takenBy']
  /** Whether what it replaces is of another version, so that who uses that cannot use this, nor the other way round. */
  readonly otherVersion?: boolean
  readonly why: string
}

export type RestorePathsStep = {
  readonly do: 'restore-paths'
  readonly snapshot: StoredSnapshot
  readonly volume: string
  readonly make?: NewVolume
  /** Images to start the helper from. */
  readonly images: readonly string[]
  /** Who is stopped while the files are switched, and started again. */
  readonly hold?: Hold
  /** Relative to the volume's root, as text; none below another. */
  readonly paths: readonly string[]
  /** Whether a path that the snapshot does not hold is to be absent from the volume, too. */
  readonly exact?: boolean
  readonly takenBy?: UndoCopy['takenBy']
  readonly why: string
}

/** Whole volumes of a project, all of them or none. */
export type RestoreSetStep = {
  readonly do: 'restore-set'
  readonly set: SnapshotSet
  /** One of each volume, without holds of their own. */
  readonly restores: readonly RestoreStep[]
  /** Who is stopped while the files of all of them are switched, and started again. */
  readonly hold?: Hold
  readonly why: string
}

export type ImportStep = {
  readonly do: 'import'
  /** Absolute path, or `-`. */
  readonly from: string
  readonly volume: string
  readonly make?: NewVolume
  readonly replace: boolean
  readonly images: readonly string[]
  /** Who is stopped while the files are switched, and started again. */
  readonly hold?: Hold
  readonly allowDevices: boolean
  readonly why: string
}

export type CloneStep = {
  readonly do: 'clone'
  readonly observed: ObservedVolume
  readonly method: 'idle' | 'live' | 'paused' | 'stopped'
  /** Who is held all the while. */
  readonly hold?: Hold
  readonly make?: NewVolume
  readonly to: string
  readonly why: string
}

export type RemoveSnapshotStep = {
  readonly do: 'remove-snapshot'
  readonly volume: string
  readonly id: string
  readonly why: string
}

/** Nothing is done: a plan that removes says what it leaves, and why. */
export type KeepSnapshotStep = {
  readonly do: 'keep-snapshot'
  readonly volume: string
  readonly id: string
  readonly why: string
}

/** Out of the list; all of it can be had back until the given time, ISO 8601. */
export type TrashSnapshotStep = {
  readonly do: 'trash-snapshot'
  readonly volume: string
  readonly id: string
  readonly until: string
  readonly why: string
}

/** Back into the list. */
export type UntrashSnapshotStep = {
  readonly do: 'untrash-snapshot'
  readonly volume: string
  readonly id: string
  readonly why: string
}

/** A migration on a copy that is thrown away, made from a snapshot that is kept. */
export type RehearsalStep = {
  readonly do: 'rehearse-migration'
  readonly migration: Migration
  readonly take: SnapshotStep | NativeSnapshotStep | HeldSnapshotsStep
  readonly why: string
}

export type MigrateStep = {
  readonly do: 'migrate'
  readonly migration: Migration
  /** The volume that is made for the new cluster; without it, the migrated volume itself gets it. */
  readonly into?: NewVolume
  /** Who is stopped from the copy on; nobody may use the volume meanwhile, whoever he is. */
  readonly hold: Hold
  readonly why: string
}

/** Whether a step replaces or removes something that somebody may want back. */
export function isDestructive(step: Step): boolean {
  switch (step.do) {
    case 'restore':
    case 'import':
      return step.replace || step.hold !== undefined
    case 'restore-paths':
      return step.make === undefined
    case 'restore-set':
      return step.hold !== undefined || step.restores.some(({ replace }) => replace)
    case 'remove-snapshot':
    case 'trash-snapshot':
      return true
    case 'keep-snapshot':
    case 'untrash-snapshot':
    case 'snapshot':
    case 'snapshot-native':
    case 'snapshot-held':
    case 'export':
    case 'clone':
    case 'rehearse-migration':
      return false
    case 'migrate':
      return step.into === undefined || step.hold.containers.length > 0
  }
}
