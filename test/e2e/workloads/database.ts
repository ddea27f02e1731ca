import type { ImageName } from '../../bed/recipes.ts'
import type { RunResult } from '../running.ts'
import type { Inside } from './server.ts'

/** A database with a load that keeps an invariant, as data: what to start, what to write, what must hold. */
export type Database = {
  readonly image: ImageName
  /** Where its image keeps the volume. */
  readonly volumeAt: string
  /** What a new database needs. One that is there already is started without: none may be made in its place. */
  readonly environment: Readonly<Record<string, string>>
  /** The command of the container. */
  readonly command: readonly string[]
  /** Further arguments of `docker run`. */
  readonly more?: readonly string[]
  /** Succeeds inside the container once the server takes requests. */
  readonly ready: readonly string[]
  /** Makes the tables and the like. */
  readonly prepare: (inside: Inside) => Promise<RunResult>
  /** The commands of the load. Each ends after some seconds at most, and is then started again. */
  readonly writers: readonly (readonly string[])[]
  /** Prints how many transactions are in the database. */
  readonly count: readonly string[]
  /** Succeeds inside once a copy would hold a transaction, where one that is in the database does not say so. */
  readonly onDisk?: readonly string[]
  /** Whether a crash keeps every transaction that was acknowledged. */
  readonly durable: boolean
  /** After how many more transactions a copy that was begun before is torn for certain. */
  readonly turnover: number
  /** Changes one row against the invariant, for a test of the check. */
  readonly spoil: readonly string[]
  /** What does not hold, a sentence each. */
  readonly problems: (inside: Inside) => Promise<readonly string[]>
}

/** The sentences that a command printed, one a line; its failure is one more. */
export function sentences({ exitCode, stdout, stderr }: RunResult): string[] {
  const lines = stdout.split('\n').filter((line) => line !== '')
  return exitCode === 0 ? lines : [...lines, `it ended with ${exitCode}: ${stderr.trim()}`]
}
