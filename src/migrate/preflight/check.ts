import type { Container } from '../../facts.ts'
import type { Cluster } from '../cluster.ts'
import type { MigrationFinding } from '../finding.ts'
import type { TargetFacts, Tried } from './target-facts.ts'

/** The major versions that a migration leads from and to. They may be the same. */
export type Majors = { readonly from: number; readonly to: number }

/** A row that a query gave, as text; what is null is missing. `database` says where it was asked. */
export type Row = Readonly<Record<string, string>>

/** What is asked of the old server. */
export type Query = {
  /** Asked once, or in every database that lets one in. */
  readonly of: 'cluster' | 'database'
  /** One SELECT without a semicolon, in the server's own SQL. Names are printed with `search_path = pg_catalog`. */
  readonly sql: (majors: Majors) => string
}

/** What the checks decide from. */
export type Seen = {
  readonly majors: Majors
  readonly cluster: Cluster
  /** Where `pg_wal` lies when it is a link. */
  readonly walDirectory: string | undefined
  readonly volume: string
  readonly consumers: readonly Container[]
  readonly target: TargetFacts
  /** What the old server answered to a query, by its name; the query of a check has the name of its check. */
  readonly rows: (query: string) => readonly Row[]
  /** What of the old server was tried in the target. */
  readonly tried: Tried
}

/** What a check found; the rest of a finding is the check's own. */
export type Found = Pick<MigrationFinding, 'message'> &
  Partial<Pick<MigrationFinding, 'database' | 'cure' | 'severity' | 'blocks'>>

/** One thing that may stand in the way of a migration, or changes with it. */
export type Check = Pick<MigrationFinding, 'id' | 'severity' | 'blocks'> & {
  /** A line for the list of them all. */
  readonly summary: string
  /** Why it matters, and what is to be done. */
  readonly doc: string
  /** For which versions; for all when left out. */
  readonly applies?: (majors: Majors) => boolean
  readonly query?: Query
  /** Pure. */
  readonly find: (seen: Seen, own: readonly Row[]) => readonly Found[]
}

/** Applies when a version lies on the way: changed in `major`, and the cluster is older. */
export function changedIn(major: number): (majors: Majors) => boolean {
  return ({ from, to }) => from < major && to >= major
}
