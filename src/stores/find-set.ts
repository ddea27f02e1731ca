import type { StoredSnapshot } from '../snapshots/format.ts'
import { membersOf, parseSetReference, resolveSet, setsOf, type FoundSet } from '../snapshots/sets.ts'
import type { Store } from './store.ts'

/**
 * The set that a reference means, and its snapshots, of all its volumes or those that are named. Fails as `resolveSet`
 * and `membersOf` do. By its ID, what is in the trash can still be had.
 */
export async function findSet(
  store: Store,
  text: string,
  named: readonly string[],
): Promise<{ readonly found: FoundSet; readonly members: readonly StoredSnapshot[] }> {
  const reference = parseSetReference(text)
  const [listed, problems, trashed] = await Promise.all([store.list(), store.problems(), store.trashed()])
  const inTrash = trashed.flatMap(({ snapshot }) => (snapshot === undefined ? [] : [snapshot]))
  const damaged = new Set(problems.map(({ volume }) => volume))
  const sets = setsOf(reference.id === 'latest' ? listed : [...listed, ...inTrash])
  const found = resolveSet(reference, sets, damaged)
  return { found, members: membersOf(found, named, damaged) }
}
