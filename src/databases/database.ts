import type { DatabaseFacts, DatabaseKind } from '../facts.ts'
import type { Look, Marker } from './look.ts'

/** How one kind of database is recognised. */
export type Database = {
  /** What a look into a volume has to find for `fromFiles`. */
  readonly markers: readonly Marker[]
  /** The databases whose files are there. Contents may be anything; what is not understood is left out. */
  readonly fromFiles: (look: Look) => readonly DatabaseFacts[]
  /** The images that it comes in. */
  readonly images: readonly DatabaseImage[]
}

/** How a container is known to run a database, from what it was made of. */
export type DatabaseImage = {
  readonly kind: DatabaseKind
  /** Last parts of the names of images: `postgres` for `postgres:17` and `mirror/library/postgres:17`. */
  readonly names: readonly string[]
  /** Variables that its images set and others do not. */
  readonly variables: readonly string[]
  /** The version as people say it, from the variables or else the tag. */
  readonly version: (environment: Environment, tag: string) => string | undefined
  /** Directories where it may keep its data, the most likely first. */
  readonly directories: (environment: Environment, version: string | undefined) => readonly string[]
  /** Whether it has files as soon as it runs. Redis has none before it first saves. */
  readonly filesFromTheStart: boolean
}

/** The variable of a name; undefined when it is not set, or empty. */
export type Environment = (name: string) => string | undefined
