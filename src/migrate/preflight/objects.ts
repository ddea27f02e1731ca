import type { Found, Row, Seen } from './check.ts'

/** Named in a message, and in a cure. */
const mostNames = 5
const mostCures = 50

/** `a, b and 7 more`. They are names of users' databases, as they are: who prints them escapes them. */
export function listed(names: readonly string[]): string {
  const shown = names.slice(0, mostNames)
  const more = names.length - shown.length
  return more > 0 ? `${shown.join(', ')} and ${more} more` : shown.join(', ')
}

/** What cures each, a line each. */
export function curesOf(rows: readonly Row[]): string | undefined {
  const cures = [...new Set(rows.flatMap(({ cure }) => (cure === undefined ? [] : [cure])))]
  const more = cures.length - mostCures
  if (cures.length === 0) return undefined
  return [...cures.slice(0, mostCures), ...(more > 0 ? [`-- and ${more} more of the kind`] : [])].join('\n')
}

/** Rows by the database that they were found in. */
export function byDatabase(rows: readonly Row[]): ReadonlyMap<string, readonly Row[]> {
  const grouped = new Map<string, Row[]>()
  for (const row of rows) {
    const { database = '' } = row
    const group = grouped.get(database)
    if (group === undefined) grouped.set(database, [row])
    else group.push(row)
  }
  return grouped
}

/**
 * For checks whose rows have an `object` and perhaps a `cure`: one finding for each database that has any, which names
 * them and says what to do about each.
 */
export function objectsOfDatabases(
  message: (names: string) => string,
): (seen: Seen, own: readonly Row[]) => readonly Found[] {
  return (_seen, own) =>
    [...byDatabase(own)].map(([database, rows]) => ({ database, ...found(message, rows) }))
}

/** The same for what belongs to the whole cluster. */
export function objectsOfCluster(
  message: (names: string) => string,
): (seen: Seen, own: readonly Row[]) => readonly Found[] {
  return (_seen, own) => (own.length === 0 ? [] : [found(message, own)])
}

function found(message: (names: string) => string, rows: readonly Row[]): Found {
  const cure = curesOf(rows)
  return {
    message: message(listed([...new Set(rows.map(({ object = '' }) => object))])),
    ...(cure === undefined ? {} : { cure }),
  }
}
