/** What is known of a Postgres cluster in a volume before anything is done with it. */
export type Cluster = {
  readonly major: number
  /** Its data directory relative to the volume's root, which is `.`. */
  readonly path: string
  /** Decimal. */
  readonly systemIdentifier: string
  /** Who owns the data directory, as `uid:gid`. */
  readonly owner: string
  readonly checksums: boolean
  readonly walSegmentBytes: number
  /** Whether its control file says that it was shut down. */
  readonly shutDown: boolean
  /** Which C library it was made with, as far as its files and the image of its consumers tell. */
  readonly libc: 'glibc' | 'musl' | 'unknown'
  /** Who made the image that it was last run with. */
  readonly provenance: 'debian' | 'alpine' | 'bitnami' | 'unknown'
  /** What the server was last started with beyond its files: `-c` options and the like, without the data directory. */
  readonly serverArguments: readonly string[]
}

/** How a cluster is brought to the new version. */
export type MigrationMethod = 'upgrade' | 'dump'
