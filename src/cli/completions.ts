import { runDocker } from '../docker/command.ts'
import { formatReference } from '../snapshots/reference.ts'
import { directoryStore } from '../stores/directory.ts'
import type { CommandContext } from './context.ts'
import type { ValueKind } from './description.ts'
import { dockerCommandOf } from './docker-command.ts'
import { readSettings } from './settings.ts'

/** Candidates for the names of volumes. */
export async function completeVolumes(
  kind: ValueKind,
  _word: string,
  context: CommandContext,
): Promise<readonly string[]> {
  if (kind !== 'volume') return []
  const names = await runDocker(dockerCommandOf(context), ['volume', 'ls', '--quiet'])
  return names.split('\n').filter((name) => name !== '')
}

/** Candidates for references of snapshots, newest first, and for volumes. */
export async function completeSnapshots(
  kind: ValueKind,
  word: string,
  context: CommandContext,
): Promise<readonly string[]> {
  if (kind !== 'snapshot') return await completeVolumes(kind, word, context)
  const { store } = await readSettings({}, context)
  const snapshots = await directoryStore(store).list()
  const latest = new Set(snapshots.map(({ volume }) => `${volume}@latest`))
  return [...latest, ...snapshots.map((snapshot) => formatReference(snapshot)).reverse()]
}
