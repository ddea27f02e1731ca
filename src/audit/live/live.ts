/** What is there on an engine, tied to the services that it came from: what live rules look at. */
import type { InspectedContainer, InspectedImage, InspectedMount } from '../../docker/inspection.ts'
import type { Volume } from '../../facts.ts'
import type { ServedDatabase } from '../knowledge/databases.ts'
import type { DeclaredVolume, Project, Service } from '../model/project.ts'
import { isWithin } from '../model/project.ts'
import type { Limits } from '../settings/limits.ts'
import type { Node } from '../../compose/node.ts'
import type { ImageContents, Layer, Seen, SnapshotSeen, VolumeContents } from './seen.ts'

export type LiveContainer = InspectedContainer & {
  /** Its service in the project's files; a description of the container itself where there is none. */
  readonly written: Service
  readonly project: string | undefined
  readonly service: string | undefined
  readonly inspectedImage: InspectedImage | undefined
  readonly imageContents: ImageContents | undefined
  /** The database whose server it runs, as the image and the variables that it really has tell. */
  readonly database: ServedDatabase | undefined
  readonly layer: Layer | undefined
}

export type LiveUse = { readonly container: LiveContainer; readonly mount: InspectedMount }

export type LiveVolume = Volume & {
  /** Where it is declared, or its description. */
  readonly at: Node
  /** Its declaration in the project's files. */
  readonly declared: DeclaredVolume | undefined
  readonly anonymous: boolean
  readonly project: string | undefined
  /** Every container of the engine that mounts it. */
  readonly uses: readonly LiveUse[]
  readonly contents: VolumeContents | undefined
  readonly snapshots: readonly SnapshotSeen[]
}

export type Live = {
  /** One Compose project and what it touches, or all there is. */
  readonly scope: 'project' | 'engine'
  /** The project's files, or the engine described as if it were one. */
  readonly written: Project
  /** Those that findings may be about. */
  readonly containers: readonly LiveContainer[]
  readonly volumes: readonly LiveVolume[]
  readonly seen: Seen
  readonly limits: Limits
}

/** The mount of a container that holds a path; undefined when the path is in the container's own layer. */
export function holderOf(container: InspectedContainer, path: string): InspectedMount | undefined {
  return container.allMounts
    .filter(({ destination }) => isWithin(path, destination))
    .toSorted((one, other) => other.destination.length - one.destination.length)[0]
}

/**
 * Where on the engine's host the files of a mount are; undefined for what has none, and for a volume whose own options
 * say that it is a share.
 */
export function hostPathOf(mount: InspectedMount, volumes: readonly Volume[]): string | undefined {
  if (mount.type === 'bind') return mount.source
  const volume = mount.type === 'volume' ? volumes.find(({ name }) => name === mount.source) : undefined
  const { type, o, device } = volume?.options ?? {}
  if (device !== undefined && (o ?? '').split(',').some((word) => /^r?bind$/.test(word))) return device
  return type === undefined ? volume?.mountpoint : undefined
}

/** Where a mount of a container is written; else the container's service. */
export function writtenMount({ written }: LiveContainer, { destination }: InspectedMount): Node {
  return written.mounts.find(({ target }) => target === destination)?.at ?? written.at
}

/** A finding about a container names its service as the files do, or the container. */
export function subjectOf({ written }: LiveContainer): { readonly service: string } {
  return { service: written.name }
}

/** The volume of a mount. */
export function volumeOf(live: Live, mount: InspectedMount): LiveVolume | undefined {
  return mount.type === 'volume' ? live.volumes.find(({ name }) => name === mount.source) : undefined
}

/** What a container finds at a mount of a volume; undefined for a part of it, and where nobody looked. */
export function contentsOf(live: Live, mount: InspectedMount): VolumeContents | undefined {
  return mount.subpath === '' ? volumeOf(live, mount)?.contents : undefined
}

/** The name of a volume as people write it: that of an anonymous one is cut to what tells it apart. */
export function shownVolume(volume: { readonly name: string }): string {
  return /^[0-9a-f]{64}$/.test(volume.name) ? volume.name.slice(0, 12) : volume.name
}
