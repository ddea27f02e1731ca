import type { ProgressTaskPort, World } from '../../plan/world.ts'
import type { Cluster, MigrationMethod } from '../cluster.ts'
import type { PostgresImage } from '../migration.ts'
import type { PostgresServer } from '../server.ts'

/** What is built from what. */
export type BuildRequest = {
  readonly world: World
  /** The volume to build in. Its folder `old` is a copy of the source, owned as that is; it does not survive. */
  readonly volume: string
  /** Names the containers and marks what is made. */
  readonly operation: string
  /** The image that the source was run with, by its ID. */
  readonly oldImage: string
  /** The image that it is to be run with. */
  readonly newImage: Pick<PostgresImage, 'id' | 'major' | 'owner'>
  /** `path` is relative to `old`. */
  readonly cluster: Cluster
  /** The role that initdb made, where it is known or guessed. */
  readonly installUser?: string
  readonly method: MigrationMethod
  /** How many things are done at once where that can be. */
  readonly jobs: number
  /** Told how far it is. */
  readonly task: ProgressTaskPort
  /** Where the data directory will be in the container that is to run it, for what must name it: tablespaces. */
  readonly finalDataDirectory?: string
  /** Where the source's volume lies in its containers, for paths in its settings. */
  readonly oldMountPath?: string
  /** Images to start the helper from, besides the one that is asked for. */
  readonly images?: readonly string[]
}

/** What others do with the two servers while they run. Whatever these throw ends the build. */
export type BuildHooks = {
  /** The old server answers, on the copy. `withoutSettings`: why it runs without its own settings, if it does. */
  before(server: PostgresServer, withoutSettings: string | undefined): Promise<void>
  /** The new server answers, with the settings of the old one. */
  after(server: PostgresServer): Promise<void>
}

export type BuildPhase = 'prepare' | 'recover' | 'before' | 'build' | 'finish' | 'after' | 'sync'

/** A cluster of the new version, shut down cleanly and on disk. */
export type Built = {
  /** Relative to the volume's root. */
  readonly dataDirectory: string
  /** Who owns it, as `uid:gid`: the user `postgres` of the new image. */
  readonly owner: string
  /** Milliseconds, in the order in which they went by. */
  readonly timings: readonly { readonly phase: BuildPhase; readonly milliseconds: number }[]
  /** What is not as it was, a sentence each. */
  readonly notes: readonly string[]
}
