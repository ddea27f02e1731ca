/** What is known of the Postgres in the target image, from a server of it that was started for this. */
export type TargetFacts = {
  readonly major: number
  /** `180006`. */
  readonly versionNumber: number
  /** Where its image keeps the data (PGDATA); empty when it does not say. */
  readonly dataDirectory: string
  readonly libc: 'glibc' | 'musl' | 'unknown'
  /** The version of glibc's collations; undefined where there are none. */
  readonly libcVersion: string | undefined
  /** The same of ICU; undefined when it was built without. */
  readonly icuVersion: string | undefined
  /** The names of its settings. */
  readonly settings: ReadonlySet<string>
  /** Extensions that it has, with the version that it would create. */
  readonly extensions: ReadonlyMap<string, string>
  /** Extensions and the versions that it can create or update from, as `name=version`. */
  readonly extensionVersions: ReadonlySet<string>
  /** Files in its library directory. */
  readonly libraries: ReadonlySet<string>
  /** Columns of its own tables and views, as `pg_catalog.pg_database.datname`. */
  readonly systemColumns: ReadonlySet<string>
}

/** What of the old server was tried in the target, and what that said where it failed. */
export type Tried = {
  readonly libraries: ReadonlyMap<string, string>
  /** Settings whose values it does not take. */
  readonly settings: ReadonlySet<string>
  /** Locales of libc that it does not have. */
  readonly locales: ReadonlySet<string>
}
