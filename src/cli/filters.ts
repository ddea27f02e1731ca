import { VolError } from '../errors.ts'

/** What `--filter` asked for: values of one key are alternatives, different keys must all hold. */
export type Filters = ReadonlyMap<string, readonly string[]>

/** Reads `key=value` words. Fails with USAGE on a key that is not among `known`, in docker's words. */
export function parseFilters(words: readonly string[], known: readonly string[]): Filters {
  const filters = new Map<string, string[]>()
  for (const word of words) {
    const equals = word.indexOf('=')
    const key = word.slice(0, Math.max(0, equals))
    if (!known.includes(key)) {
      throw new VolError(
        'USAGE',
        `invalid filter '${word}': must be KEY=VALUE with one of ${known.join(', ')}`,
      )
    }
    filters.set(key, [...(filters.get(key) ?? []), word.slice(equals + 1)])
  }
  return filters
}

/** Whether something passes: `holds` says whether it has the given value of the given key. */
export function passes(filters: Filters, holds: (key: string, value: string) => boolean): boolean {
  return [...filters].every(([key, values]) => values.some((value) => holds(key, value)))
}
