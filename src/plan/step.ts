import type { NewVolume, ObservedVolume } from '../facts.ts'
import type { StoredSnapshot } from '../snapshots/format.ts'

/** One act, with its reason. Whoever carries it out decides nothing any more. */
export type Step =
  | SnapshotStep
  | ExportStep
  | RestoreStep
  | RestorePathsStep
  | ImportStep
  | CloneStep
  | RemoveSnapshotStep

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
  readonly why: string
}

export type RestorePathsStep = {
  readonly do: 'restore-paths'
  readonly snapshot: StoredSnapshot
  readonly volume: string
  readonly make?: NewVolume
  /** Images to start the helper from. */
  readonly images: readonly string[]
  /** Relative to the volume's root, as text. */
  readonly paths: readonly string[]
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
  readonly allowDevices: boolean
  readonly why: string
}

export type CloneStep = {
  readonly do: 'clone'
  readonly observed: ObservedVolume
  readonly method: 'idle' | 'live'
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

/** Whether a step replaces or removes something that somebody may want back. */
export function isDestructive(step: Step): boolean {
  switch (step.do) {
    case 'restore':
    case 'import':
      return step.replace
    case 'restore-paths':
      return step.make === undefined
    case 'remove-snapshot':
      return true
    case 'snapshot':
    case 'export':
    case 'clone':
      return false
  }
}
