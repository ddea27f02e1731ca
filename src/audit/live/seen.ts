/** What was seen of an engine and of the store of snapshots, as plain data. */
import type { InspectedContainer, InspectedImage, LayerChange } from '../../docker/inspection.ts'
import type { DatabaseFacts, Volume } from '../../facts.ts'

export type Seen = {
  /** When it was looked at. */
  readonly now: Date
  /** Every container of the engine but our own helpers. */
  readonly containers: readonly InspectedContainer[]
  readonly volumes: readonly Volume[]
  /** Those of the containers, and those that the files name and that are on the engine. */
  readonly images: readonly InspectedImage[]
  /** What containers wrote into their own layers, by ID; not there where nobody looked. */
  readonly layers: ReadonlyMap<string, Layer>
  /** What volumes hold, by name; not there where nobody could look. */
  readonly contents: ReadonlyMap<string, VolumeContents>
  /** What images hold, by ID; not there where nobody could look. */
  readonly imageContents: ReadonlyMap<string, ImageContents>
  /** Names of network file systems by the directories of the host that lie on them, where that could be told. */
  readonly fileSystems: ReadonlyMap<string, string>
  /** The snapshots of each volume, oldest first; undefined when the store could not be read. */
  readonly snapshots: ReadonlyMap<string, readonly SnapshotSeen[]> | undefined
}

export type Layer = {
  readonly changes: readonly LayerChange[]
  /** Of the whole layer. */
  readonly bytes: number
}

export type Owner = { readonly uid: number; readonly gid: number; readonly mode: number }

export type VolumeContents = {
  readonly empty: boolean
  /** Who the root belongs to. */
  readonly root: Owner
  /** Names in the root, a few dozen at most. */
  readonly names: readonly string[]
  readonly databases: readonly DatabaseFacts[]
  /** Paths in it at which a container has something else mounted, and where there is something all the same. */
  readonly hidden: readonly string[]
  /** Bytes that its files take on the disk. */
  readonly bytes: number | undefined
}

export type ImageContents = {
  readonly libc: 'glibc' | 'musl' | undefined
  /** Names below a directory, a few dozen at most, for each directory that somebody mounts over. */
  readonly below: ReadonlyMap<string, readonly string[]>
  /** Numbers of the users and groups in /etc/passwd, by name. */
  readonly users: ReadonlyMap<string, { readonly uid: number; readonly gid: number }>
}

export type SnapshotSeen = {
  readonly id: string
  readonly created: Date
  /** When it was last found whole; undefined when never, and when it was last found damaged. */
  readonly verified: Date | undefined
}

/** Nothing at all, for examples to add to. */
export const nothingSeen: Seen = {
  now: new Date(0),
  containers: [],
  volumes: [],
  images: [],
  layers: new Map(),
  contents: new Map(),
  imageContents: new Map(),
  fileSystems: new Map(),
  snapshots: new Map(),
}
