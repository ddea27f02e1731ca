import type { PostgresServer } from '../server.ts'
import { askCluster } from './catalogs.ts'
import { askDatabase } from './database.ts'
import type { Floats } from './floats.ts'
import { takeRows } from './rows.ts'

/** What a fact is about. */
export type FactKind =
  | 'role'
  | 'membership'
  | 'role settings'
  | 'tablespace'
  | 'database'
  | 'parameter'
  | 'replication slot'
  | 'setting'
  | 'logins'
  | 'object'
  | 'relation'
  | 'index'
  | 'constraint'
  | 'trigger'
  | 'sequence'
  | 'extension'
  | 'subscription'
  | 'rows'
  | 'large objects'
  | 'definition'

export type FactValue =
  | string
  | number
  | boolean
  | null
  | readonly FactValue[]
  | { readonly [name: string]: FactValue }

/** One thing that is true of a cluster. No two facts have the same kind, database and name. */
export type Fact = {
  readonly kind: FactKind
  /** Left out when it is about the whole cluster. */
  readonly database?: string
  readonly name: string
  /** Holds no secret: of passwords, and of definitions with passwords in them, there is a digest. */
  readonly fields: Readonly<Record<string, FactValue>>
}

/** Everything that can be told of a cluster by which another can be held against it. */
export type Manifest = {
  /** The server's. */
  readonly major: number
  readonly facts: readonly Fact[]
  /** Names of all settings that the server knows. */
  readonly knownSettings: ReadonlySet<string>
  /** Names of settings that stand in its files as comments of ours, because the server does not take them. */
  readonly leftOutSettings: ReadonlySet<string>
  /** Databases that let nobody in, of which nothing is known but that they are there. `template0` is none of them. */
  readonly closedDatabases: readonly string[]
  /** What holds no rows of its own to be compared, as sentences: foreign tables. */
  readonly notCompared: readonly string[]
}

export type ManifestRequest = {
  /**
   * Rows come in another order after `dump` in some tables. Digests that do not depend on it are made for those as
   * well; both manifests need the same method.
   */
  readonly method: 'upgrade' | 'dump'
  /** How numbers in floating point are compared (`floatsBetween`), by their text unless given; both need the same. */
  readonly floats?: Floats
  /** Sessions that read tables side by side. */
  readonly jobs?: number
  /** Called as tables are done. */
  progress?(done: { readonly tables: number; readonly of: number }): void
}

/**
 * Reads all of a cluster that a superuser can see: every row of every database is read once, in the container, which
 * says only its digest. Nothing is written. Fails with FAILED when something cannot be read.
 */
export async function takeManifest(server: PostgresServer, request: ManifestRequest): Promise<Manifest> {
  const { floats = 'text' } = request
  const { facts, databases, knownSettings, leftOutSettings } = await askCluster(server, floats)
  const open = []
  for (const { name, letsIn } of databases)
    if (letsIn) open.push({ name, ...(await askDatabase(server, name, floats)) })
  const rows = await takeRows(server, open, request)
  return {
    major: server.major,
    facts: [...facts, ...open.flatMap((database) => database.facts), ...rows],
    knownSettings,
    leftOutSettings,
    closedDatabases: databases.filter(({ letsIn }) => !letsIn).map(({ name }) => name),
    notCompared: open.flatMap(({ name, foreignTables }) =>
      foreignTables.map((table) => `Foreign table ${table} of database "${name}" has its rows elsewhere.`),
    ),
  }
}
