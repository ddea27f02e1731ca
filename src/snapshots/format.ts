import type { DatabaseFacts, HostFolder } from '../facts.ts'

/**
 * What a snapshot is on disk: an OCI artifact (image-spec 1.1) in an OCI image layout, one layout per volume.
 * docs/format.md describes the same in prose; a change here is a change of the format.
 */

import type { Verification } from './verification.ts'

export const artifactType = 'application/vnd.docker-vol.snapshot.v1'
export const mediaTypes = {
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  index: 'application/vnd.oci.image.index.v1+json',
  config: 'application/vnd.docker-vol.snapshot.config.v1+json',
  layer: 'application/vnd.oci.image.layer.v1.tar+zstd',
  fileTable: 'application/vnd.docker-vol.snapshot.files.v1.ndjson+zstd',
} as const

/** The keys of our own annotations; the others are OCI's. */
export const annotations = {
  /** The snapshot's ID, in the index and in the manifest. */
  id: 'org.opencontainers.image.ref.name',
  created: 'org.opencontainers.image.created',
  volume: 'dev.docker-vol.volume',
} as const

/** Annotations that stand in the index alone: what a store notes of a snapshot, whose own bytes never change. */
export const marks = {
  /** Until when a snapshot in the trash can be had back, ISO 8601. */
  trashUntil: 'dev.docker-vol.trash.until',
  /** The last result of each kind of check (src/snapshots/verification.ts). */
  bytes: 'dev.docker-vol.verified.bytes',
  boot: 'dev.docker-vol.verified.boot',
} as const

/** `sha256:` and 64 hexadecimal digits. */
export type Digest = `sha256:${string}`

export type Descriptor = {
  readonly mediaType: string
  readonly digest: Digest
  /** Bytes. */
  readonly size: number
  readonly artifactType?: string
  readonly annotations?: Readonly<Record<string, string>>
}

export type Manifest = {
  readonly schemaVersion: 2
  readonly mediaType: typeof mediaTypes.manifest
  readonly artifactType: typeof artifactType
  readonly config: Descriptor
  /** The tar layers in the order in which they are to be unpacked, then the file table. */
  readonly layers: readonly Descriptor[]
  readonly annotations: Readonly<Record<string, string>>
}

/** How much a snapshot is worth (design.md, promise 3). */
export type Consistency = {
  readonly method: 'idle' | 'live' | 'paused' | 'stopped' | 'native'
  /** A sentence for people: why this way. */
  readonly why: string
  /** Files that changed while they were read; only a `live` snapshot may have any. Escaped for printing. */
  readonly changed: readonly string[]
}

/** A container that had the volume mounted when the snapshot was taken. */
export type Consumer = {
  readonly name: string
  readonly image: string
  readonly imageId: string
  readonly repositoryDigests: readonly string[]
  readonly state: string
  readonly destination: string
  readonly readOnly: boolean
  readonly project?: string
  readonly service?: string
}

export type Totals = {
  /** Everything but the volume's root itself. */
  readonly entries: number
  readonly files: number
  readonly directories: number
  readonly symlinks: number
  /** Further names of files that have one already. */
  readonly hardLinks: number
  /** Fifos and device nodes. */
  readonly special: number
  /** Sum of the sizes of the files as programs see them, holes included, each inode once. */
  readonly bytes: number
  /** Bytes of the layers in the store, compressed. */
  readonly storedBytes: number
}

export type Warning = {
  readonly code:
    | 'socket-skipped'
    | 'changed-while-read'
    | 'other-file-system'
    | 'hard-link-split'
    | 'option-redacted'
    | 'archive'
  readonly message: string
  /** Escaped for printing. */
  readonly path?: string
}

/** What a snapshot is that a restore took of what it replaced: an undo copy. */
export type UndoCopy = {
  /** Names the restore, so that what it replaced is not kept twice. */
  readonly operation: string
  readonly takenBy: 'restore' | 'undo' | 'migration'
  /**
   * What was put in its place: the reference of a snapshot, or the name of an archive (`-` for standard input); of a
   * migration the image that it was for.
   */
  readonly replacedBy: string
  /** ISO 8601: when it was replaced; the copy itself was made a little later. */
  readonly at: string
  /**
   * The paths that were replaced when it was about single ones. The snapshot holds them as they were, and the
   * directories above; those that it does not hold were not there. Left out when the whole volume was replaced.
   */
  readonly paths?: readonly string[]
  /**
   * Set when what replaced it is of another version, which the containers that ran then could not use: they were left
   * stopped, and run again once it is brought back.
   */
  readonly stopped?: readonly { readonly id: string; readonly name: string }[]
  /** Set when a migration replaced it: with what it was used, which the user's files have to say again after an undo. */
  readonly ran?: RanWith
}

/** How containers use a database. Paths are theirs, absolute. */
export type RanWith = {
  /** As it was asked for (`postgres:15`). */
  readonly image: string
  readonly mountPath: string
  /** Where the server finds its data. */
  readonly dataDirectory: string
  /** Where it would look for them if nobody said. */
  readonly imageDataDirectory: string
}

/** Snapshots of a project that belong together: this one is of such a set. Of undo copies, those of one restore. */
export type SnapshotSet = {
  /** In the form of a snapshot's own ID; all of the set have it. */
  readonly id: string
  /** Of Compose. */
  readonly project: string
  /** Every volume that belongs to it, by name: the set is complete when a snapshot of each is there. */
  readonly volumes: readonly string[]
  /** When only the volumes of some services were asked for: these. */
  readonly services?: readonly string[]
}

/** The config blob: what we know of a snapshot beyond its files. */
export type SnapshotConfig = {
  readonly formatVersion: 1
  readonly id: string
  /** ISO 8601. */
  readonly created: string
  readonly tool: { readonly name: 'docker-vol'; readonly version: string }
  readonly engine: {
    readonly id: string
    readonly version: string
    readonly operatingSystem: string
    readonly architecture: string
  }
  readonly volume: {
    readonly name: string
    readonly driver: string
    readonly options: Readonly<Record<string, string>>
    /** Names of options whose values held a secret and were left out. */
    readonly redactedOptions: readonly string[]
    readonly labels: Readonly<Record<string, string>>
  }
  readonly compose?: {
    readonly project: string
    readonly volume?: string
    readonly services: readonly string[]
  }
  readonly consumers: readonly Consumer[]
  /** What the volume held, as far as it was known. Left out where nobody looked. */
  readonly databases?: readonly DatabaseFacts[]
  readonly consistency: Consistency
  readonly totals: Totals
  readonly warnings: readonly Warning[]
  /** Only of an undo copy. */
  readonly undo?: UndoCopy
  /** Only when it is of a folder of the engine's host: it was never a volume, and `volume.name` is made up. */
  readonly folder?: HostFolder
  /** Only of one that was taken of a project. */
  readonly set?: SnapshotSet
}

export type EntryType = 'file' | 'directory' | 'symlink' | 'hardlink' | 'fifo' | 'character' | 'block'

/**
 * One line of the file table. Paths are relative to the volume's root, without a leading `./`; the root itself is
 * `.`. In memory a path is a string of bytes (latin1), so that names that are not UTF-8 survive.
 */
export type FileRecord = {
  readonly path: string
  readonly type: EntryType
  /** Bytes as programs see them; 0 for all but files. */
  readonly size: number
  /** Permission bits with setuid, setgid and sticky, e.g. 0o2770. */
  readonly mode: number
  readonly uid: number
  readonly gid: number
  /** Nanoseconds since 1970. */
  readonly modified: bigint
  /** Where a symbolic link points, or the first name of a hard link. */
  readonly target?: string
  /** `major:minor` of a device node. */
  readonly device?: string
  /** Which layer (index among the tar layers), and where its tar headers begin and its data ends in the layer's unpacked tar. */
  readonly layer: number
  readonly offset: number
  readonly length: number
}

/** A snapshot that a store lists. */
export type StoredSnapshot = {
  readonly volume: string
  readonly id: string
  readonly manifestDigest: Digest
  readonly manifest: Manifest
  readonly config: SnapshotConfig
  /** What checks of it found; left out when it was never checked. */
  readonly verification?: Verification
}
