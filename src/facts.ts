/** The nouns of the product as plain data. This file imports nothing. */

/** A Docker volume as the engine describes it. */
export type Volume = {
  readonly name: string
  readonly driver: string
  readonly options: Readonly<Record<string, string>>
  readonly labels: Readonly<Record<string, string>>
  /** ISO 8601, as the engine gives it; a restored volume has a new one. */
  readonly createdAt: string
  readonly mountpoint: string
  /** Set when it is none that the engine knows, but a folder that is to be read like one. */
  readonly folder?: HostFolder
}

/** A folder of the engine's host that a service of a Compose project has mounted (a bind mount). */
export type HostFolder = {
  /** Absolute, on the engine's host. */
  readonly path: string
  readonly service: string
  /** Where the service has it. */
  readonly destination: string
}

/** A volume to be made. */
export type NewVolume = Pick<Volume, 'name' | 'driver' | 'options' | 'labels'>

export type ContainerState = 'created' | 'running' | 'paused' | 'restarting' | 'removing' | 'exited' | 'dead'

/** One mount of a container that comes from a volume. */
export type VolumeMount = {
  readonly volume: string
  readonly destination: string
  readonly readOnly: boolean
}

/** One mount of a container that comes from a folder of the engine's host. */
export type BindMount = {
  readonly source: string
  readonly destination: string
  readonly readOnly: boolean
}

/** A container, running or not. */
export type Container = {
  readonly id: string
  readonly name: string
  /** The image as it was asked for (`postgres:17`). */
  readonly image: string
  /** The ID of the image that it really runs (`sha256:…`). */
  readonly imageId: string
  readonly state: ContainerState
  readonly labels: Readonly<Record<string, string>>
  /** With that of its image. Values may be secrets: they stay out of output, manifests and logs. */
  readonly environment: Readonly<Record<string, string>>
  readonly mounts: readonly VolumeMount[]
  /** Left out when it has none. */
  readonly binds?: readonly BindMount[]
  /** When its process was last started and last ended, ISO 8601 by the engine's clock; the year 1 for never. */
  readonly startedAt: string
  readonly finishedAt: string
  /** Of the process that ended last: 255 when the engine lost it in a crash of its own. */
  readonly exitCode: number
  readonly outOfMemory: boolean
  /** What its health check says; empty when it has none. */
  readonly health: '' | 'starting' | 'healthy' | 'unhealthy'
  /** `no`, `always`, `on-failure` or `unless-stopped`. */
  readonly restartPolicy: string
  /** Removed by the engine when it ends, its anonymous volumes with it. */
  readonly autoRemove: boolean
  /** Seconds between the wish to stop and the kill; undefined leaves it to the engine, which takes 10. */
  readonly stopTimeout: number | undefined
}

/** Whether something runs in it now, or would as soon as somebody lets it go on. */
export function isAlive({ state }: Container): boolean {
  return state !== 'created' && state !== 'exited' && state !== 'dead'
}

/** A volume and every container that mounts it, from whichever project; our own helpers are apart. */
export type ObservedVolume = {
  readonly volume: Volume
  readonly consumers: readonly Container[]
  /** Helpers of docker vol commands that are under way on this volume. */
  readonly helpers: readonly Container[]
}

export type Image = {
  readonly id: string
  /** Digests under which registries know it (`postgres@sha256:…`); none for a local build. */
  readonly repositoryDigests: readonly string[]
  readonly environment: Readonly<Record<string, string>>
  readonly entrypoint: readonly string[]
  readonly command: readonly string[]
  /** Paths that it declares as volumes. */
  readonly volumes: readonly string[]
}

export const databaseKinds = ['postgres', 'mysql', 'mariadb', 'mongodb', 'redis', 'valkey', 'sqlite'] as const
export type DatabaseKind = (typeof databaseKinds)[number]

/** A database that a volume holds, as far as it is known. */
export type DatabaseFacts = {
  readonly kind: DatabaseKind
  /** As people say it: `17`, `11.8`, `8.0`. Left out when nothing tells. */
  readonly version?: string
  /** Its data directory, or for SQLite its file, relative to the volume's root, which is `.`. Escaped for printing. */
  readonly path: string
  /** Whether its files were looked at, or only the image and settings of a container that mounts the volume. */
  readonly recognisedBy: 'files' | 'image'
  /** What else is known; docs/databases.md lists the keys of each kind. Escaped for printing. */
  readonly details: Readonly<Record<string, string>>
}

/** The engine that answers. */
export type Engine = {
  readonly id: string
  readonly version: string
  readonly operatingSystem: string
  readonly architecture: string
  /** Where its API is reached, when docker says so: `unix:///…`, `tcp://…`, `ssh://…`. */
  readonly endpoint: string
}
