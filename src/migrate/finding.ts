import type { MigrationMethod } from './cluster.ts'

/** Something that stands in the way of a migration, or that changes with it. */
export type MigrationFinding = {
  /** Stable, for scripts: `prepared-transactions`, `missing-extension`, … */
  readonly id: string
  /** A blocker ends the migration before anything is touched. */
  readonly severity: 'blocker' | 'warning' | 'note'
  /** Of a blocker: the methods that it stands in the way of. Left out, it stands in the way of every one. */
  readonly blocks?: readonly MigrationMethod[]
  /** The database that it is about; left out when it is about the cluster. */
  readonly database?: string
  /** What is there, in a sentence. */
  readonly message: string
  /** The SQL or the step that cures it. */
  readonly cure?: string
}
