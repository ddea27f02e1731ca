import { VolError } from '../errors.ts'
import type { StoredSnapshot } from '../snapshots/format.ts'
import { parseReference, resolveReference } from '../snapshots/reference.ts'
import type { Store } from './store.ts'

/** The snapshot that a reference means. One that is there but cannot be read is SNAPSHOT_DAMAGED, not missing. */
export async function findSnapshot(store: Store, reference: string): Promise<StoredSnapshot> {
  const wanted = parseReference(reference)
  const { volume, id } = wanted
  const [snapshots, problems] = await Promise.all([store.list(volume), store.problems(volume)])
  const newest = [...snapshots.map((snapshot) => snapshot.id), ...problems.map((problem) => problem.id)]
    .sort()
    .at(-1)
  const broken = problems.find((problem) =>
    id === 'latest' ? problem.id === newest : problem.id.startsWith(id),
  )
  if (broken !== undefined)
    throw new VolError(
      'SNAPSHOT_DAMAGED',
      `The snapshot ${volume}@${broken.id} is damaged: ${broken.message}`,
    )
  return resolveReference(wanted, snapshots)
}
