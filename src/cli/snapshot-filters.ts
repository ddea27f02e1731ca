import type { StoredSnapshot } from '../snapshots/format.ts'
import { formatSet } from '../snapshots/sets.ts'

/** What `snapshots --filter` knows: a snapshot's Compose project, and the set it is of, by PROJECT@ID or ID. */
export const snapshotFilters: Readonly<Record<string, (snapshot: StoredSnapshot, value: string) => boolean>> =
  {
    project: ({ config: { set, compose } }, value) => value === set?.project || value === compose?.project,
    set: ({ config: { set } }, value) => set !== undefined && [set.id, formatSet(set)].includes(value),
  }
