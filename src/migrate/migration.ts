import type { Container, ObservedVolume } from '../facts.ts'
import type { FoundCluster } from './cluster-facts.ts'
import type { Cluster, MigrationMethod } from './cluster.ts'

/** An image of Postgres, as it says itself when its programs are run. */
export type PostgresImage = {
  /** As it was asked for (`postgres:17`). */
  readonly reference: string
  readonly id: string
  readonly major: number
  /** `17.11`. */
  readonly version: string
  readonly libc: 'glibc' | 'musl' | 'unknown'
  /** Its user `postgres`, as `uid:gid`; undefined where it has none. */
  readonly owner: string | undefined
  /** Its PGDATA, absolute; empty when it does not say. */
  readonly dataDirectory: string
  /** Paths that it declares as volumes. */
  readonly volumes: readonly string[]
}

/** Where the new cluster lies, in the volume and in the containers that are to run it. */
export type MigrationPlace = {
  /** Relative to the volume's root, which is `.`. */
  readonly path: string
  /** Where the volume is to be mounted. */
  readonly mountPath: string
  /** What PGDATA has to say there, absolute. */
  readonly dataDirectory: string
}

/** A migration that was decided on. */
export type Migration = {
  readonly observed: ObservedVolume
  readonly cluster: Cluster & Partial<FoundCluster>
  readonly from: PostgresImage
  readonly to: PostgresImage
  readonly method: MigrationMethod
  /** What to do instead when the old cluster turns out to have something that the method cannot bring over. */
  readonly orElse?: MigrationMethod
  readonly place: MigrationPlace
  /** Where the volume is mounted in the containers of today. */
  readonly oldMountPath: string
  /** The container that runs the server, or did last; its environment may be secret, and is asked for when needed. */
  readonly serverContainer: Container | undefined
  readonly jobs: number
}
