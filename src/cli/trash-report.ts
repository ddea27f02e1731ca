import { formatReference } from '../snapshots/reference.ts'
import type { TrashedSnapshot } from '../stores/store.ts'
import { type OutputFormat, reportList } from './report.ts'
import { snapshotAsJson } from './snapshot-json.ts'
import type { Terminal } from './terminal.ts'
import { humanSize } from './units.ts'

/** Lists what is in the trash, and until when it can be had back. */
export async function reportTrash(
  terminal: Terminal,
  rows: readonly TrashedSnapshot[],
  flags: { readonly format: OutputFormat; readonly quiet: boolean },
): Promise<void> {
  await reportList(terminal, {
    rows,
    ...flags,
    columns: [
      { header: 'SNAPSHOT', value: formatReference },
      { header: 'UNTIL', value: ({ until }) => until },
      {
        header: 'SIZE',
        value: ({ snapshot }) =>
          snapshot === undefined ? 'DAMAGED' : humanSize(snapshot.config.totals.bytes),
      },
    ],
    reference: formatReference,
    json: ({ volume, id, until, snapshot }) => ({
      Reference: formatReference({ volume, id }),
      Until: until,
      Snapshot: snapshot === undefined ? null : snapshotAsJson(snapshot),
    }),
  })
}
