import type { ObservedVolume, Volume } from '../facts.ts'
import type { StoredSnapshot } from '../snapshots/format.ts'

/** One act, with its reason. Whoever carries it out decides nothing any more. */
export type Step =
  | SnapshotStep
  | ExportStep
  | CreateVolumeStep
  | RestoreStep
  | RestorePathsStep
  | ImportStep
  | CloneStep
  | RemoveSnapshotStep
  | RecoverStep

export type Plan = { readonly steps: readonly Step[] }

export type SnapshotStep = {
  readonly do: 'snapshot'
  readonly observed: ObservedVolume
  readonly method: 'idle' | 'live'
  readonly why: string
}

/** A plain tar of a volume, to a file or to standard output. */
export type ExportStep = {
  readonly do: 'export'
  readonly observed: ObservedVolume
  readonly method: 'idle' | 'live'
  /** Absolute path, or `-`. */
  readonly output: string
  readonly compression: 'none' | 'gzip' | 'zstd'
  readonly why: string
}

export type CreateVolumeStep = {
  readonly do: 'create-volume'
  readonly volume: Pick<Volume, 'name' | 'driver' | 'options' | 'labels'>
  readonly why: string
}

export type RestoreStep = {
  readonly do: 'restore'
  readonly snapshot: StoredSnapshot
  readonly volume: string
  /** Whether the plan makes the volume first, so that it may go again when nothing comes of it. */
  readonly made: boolean
  /** Whether what the volume holds may be replaced. */
  readonly replace: boolean
  readonly why: string
}

export type RestorePathsStep = {
  readonly do: 'restore-paths'
  readonly snapshot: StoredSnapshot
  readonly volume: string
  readonly made: boolean
  /** Relative to the volume's root, as bytes. */
  readonly paths: readonly string[]
  readonly why: string
}

export type ImportStep = {
  readonly do: 'import'
  /** Absolute path, or `-`. */
  readonly from: string
  readonly volume: string
  readonly made: boolean
  readonly replace: boolean
  readonly allowDevices: boolean
  readonly why: string
}

export type CloneStep = {
  readonly do: 'clone'
  readonly observed: ObservedVolume
  readonly method: 'idle' | 'live'
  readonly to: string
  readonly why: string
}

export type RemoveSnapshotStep = {
  readonly do: 'remove-snapshot'
  readonly volume: string
  readonly id: string
  readonly why: string
}

/** Finishes or undoes what an interrupted run left in a volume. */
export type RecoverStep = {
  readonly do: 'recover'
  readonly operation: string
  readonly volume: string
  readonly why: string
}

/** Whether a step replaces or removes something that somebody may want back. */
export function isDestructive(step: Step): boolean {
  switch (step.do) {
    case 'restore':
    case 'import':
      return step.replace
    case 'restore-paths':
    case 'remove-snapshot':
      return true
    case 'snapshot':
    case 'export':
    case 'create-volume':
    case 'clone':
    case 'recover':
      return false
  }
}
