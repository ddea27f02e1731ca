/** What is known of the images of one database. */
export type DatabaseImage = {
  readonly kind: string
  readonly title: string
  readonly images: readonly string[]
  /** Where the data lies, for a major; undefined when that cannot be told. */
  readonly directory: string | ((major: number | undefined) => string | undefined)
  /** A variable that moves the data directory. */
  readonly moved?: string
  /** Paths that the image declares as volumes, so that data there ends in an anonymous one. */
  readonly declared?: readonly string[] | ((major: number | undefined) => readonly string[])
  /** Reads the major version off a tag. */
  readonly major: RegExp
  /** Often runs without a volume on purpose, as a cache. */
  readonly cache?: boolean
  /** What it holds can be made again from elsewhere. */
  readonly rebuildable?: boolean
  /** A new major needs a migration, or cannot be gone back from. */
  readonly majorMatters?: boolean
}

/** Of tags that begin with the version, as most do. */
export const leadingMajor = /^v?(\d+)(?:[.-]|$)/
