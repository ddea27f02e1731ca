import { VolError } from '../errors.ts'
import type { StoredSnapshot } from '../snapshots/format.ts'
import { parseReference, resolveReference, type SnapshotReference } from '../snapshots/reference.ts'
import { withoutUndoCopies } from '../snapshots/undo-copy.ts'
import type { Store, StoreProblem } from './store.ts'

/** The snapshot that a reference means. One that is there but cannot be read is SNAPSHOT_DAMAGED, not missing. */
export async function findSnapshot(store: Store, text: string): Promise<StoredSnapshot> {
  const found = await find(store, text)
  if ('message' in found)
    throw new VolError(
      'SNAPSHOT_DAMAGED',
      `The snapshot ${found.volume}@${found.id} is damaged: ${found.message}.`,
    )
  return found
}

/** The same for who only needs the name, as a snapshot that cannot be read can still be removed. */
export async function findReference(store: Store, text: string): Promise<SnapshotReference> {
  const { volume, id } = await find(store, text)
  return { volume, id }
}

async function find(store: Store, text: string): Promise<StoredSnapshot | StoreProblem> {
  const wanted = parseReference(text)
  const [snapshots, problems, trashed] = await Promise.all([
    store.list(wanted.volume),
    store.problems(wanted.volume),
    store.trashed(wanted.volume),
  ])
  const newest = [...withoutUndoCopies(snapshots), ...problems]
    .map(({ id }) => id)
    .sort()
    .at(-1)
  const broken = problems.filter(({ id }) =>
    wanted.id === 'latest' ? id === newest : id.startsWith(wanted.id),
  )
  const [only] = broken
  const others = wanted.id !== 'latest' && snapshots.some(({ id }) => id.startsWith(wanted.id))
  if (only !== undefined && broken.length === 1 && !others) return only
  // By its ID, what is in the trash can still be had; `latest` never means it.
  const [inTrash, more] = trashed.filter(({ id }) => wanted.id !== 'latest' && id.startsWith(wanted.id))
  if (inTrash !== undefined && more === undefined && !others)
    return inTrash.snapshot ?? { volume: inTrash.volume, id: inTrash.id, message: 'it cannot be read' }
  // Of a volume without snapshots, those of others tell which was probably meant.
  return resolveReference(wanted, snapshots.length === 0 ? await store.list() : snapshots)
}
