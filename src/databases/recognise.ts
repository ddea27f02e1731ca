import type { Container, DatabaseFacts, DatabaseKind } from '../facts.ts'
import { databasesByImage } from './image-clues.ts'
import { databases } from './index.ts'
import { nearRootFirst, type Look } from './look.ts'

/** Of which nobody wants to read more. */
const mostFacts = 100

/**
 * The databases that a volume holds, the most important first: servers before SQLite files, those near the root
 * first, large SQLite files first. An empty list means that nothing is known of the data, not that there is none.
 *
 * Files count for more than images: `consumers`, the containers that mount the volume, only add what files do not
 * say. When all places were looked into and no files of a database were found, there is none, whatever mounts it; but
 * Redis and Valkey keep their data in memory until they first save it.
 */
export function recogniseDatabases(
  look: Look | undefined,
  volume: string,
  consumers: readonly Container[],
): readonly DatabaseFacts[] {
  const byFiles = look === undefined ? [] : databases.flatMap(({ fromFiles }) => fromFiles(look))
  const byImage = inAgreement(consumers.flatMap((one) => databasesByImage(databases, volume, one)))
  const added = byImage.filter(
    (one) => (look?.complete !== true || isInMemory(one)) && !byFiles.some((other) => isSame(one, other)),
  )
  return [...byFiles.map((facts) => withImage(facts, byImage)), ...added]
    .sort(byImportance)
    .slice(0, mostFacts)
}

/** Containers that run the same on the same data; a version that they do not agree on is not known. */
function inAgreement(found: readonly DatabaseFacts[]): readonly DatabaseFacts[] {
  const merged: DatabaseFacts[] = []
  for (const facts of found) {
    const index = merged.findIndex((other) => isSame(facts, other))
    const { version, ...other } = merged[index] ?? facts
    if (index === -1) merged.push(facts)
    else merged[index] = version === undefined || version === facts.version ? (merged[index] ?? facts) : other
  }
  return merged
}

function withImage(facts: DatabaseFacts, byImage: readonly DatabaseFacts[]): DatabaseFacts {
  const image = byImage.find((other) => other.kind === facts.kind && isSame(facts, other))
  return facts.version === undefined && image?.version !== undefined
    ? { ...facts, version: image.version }
    : facts
}

function isInMemory({ kind }: DatabaseFacts): boolean {
  return databases
    .flatMap(({ images }) => images)
    .some((image) => image.kind === kind && !image.filesFromTheStart)
}

/** The data of one may have been given to a server of another kind that reads it. */
const families: Readonly<Partial<Record<DatabaseKind, DatabaseKind>>> = { valkey: 'redis', mariadb: 'mysql' }

function isSame(one: DatabaseFacts, other: DatabaseFacts): boolean {
  return familyOf(one) === familyOf(other) && one.path === other.path
}

function familyOf({ kind }: DatabaseFacts): DatabaseKind {
  return families[kind] ?? kind
}

function byImportance(one: DatabaseFacts, other: DatabaseFacts): number {
  return (
    Number(isFile(one)) - Number(isFile(other)) ||
    bytesOf(other) - bytesOf(one) ||
    nearRootFirst(one.path, other.path)
  )
}

function isFile({ kind }: DatabaseFacts): boolean {
  return kind === 'sqlite'
}

function bytesOf(facts: DatabaseFacts): number {
  return isFile(facts) ? Number(facts.details['bytes'] ?? 0) : 0
}
