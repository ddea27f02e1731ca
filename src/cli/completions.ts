import { formatReference } from '../snapshots/reference.ts'
import { withoutUndoCopies } from '../snapshots/undo-copy.ts'
import { directoryStore } from '../stores/directory.ts'
import type { CommandContext } from './context.ts'
import type { ValueKind } from './description.ts'
import { readSettings } from './settings.ts'

/** Candidates for references of snapshots, newest first. */
export async function completeSnapshots(
  kind: ValueKind,
  _word: string,
  context: CommandContext,
): Promise<readonly string[]> {
  if (kind !== 'snapshot') return []
  const { store } = await readSettings({}, context)
  const snapshots = withoutUndoCopies(await directoryStore(store).list())
  const latest = new Set(snapshots.map(({ volume }) => `${volume}@latest`))
  return [...latest, ...snapshots.map((snapshot) => formatReference(snapshot)).toReversed()]
}
