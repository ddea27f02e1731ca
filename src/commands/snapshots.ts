import { Args, Flags } from '@oclif/core'

import { VolCommand } from '../cli/command.ts'
import { parseFilters, passes } from '../cli/filters.ts'
import { filterFlag, formatFlag, noTruncFlag, quietFlag, settingsFlags } from '../cli/flags.ts'
import { reportList } from '../cli/report.ts'
import { snapshotFilters } from '../cli/snapshot-filters.ts'
import { snapshotAsJson } from '../cli/snapshot-json.ts'
import { humanAge, humanSize } from '../cli/units.ts'
import { verifiedOf } from '../cli/verified.ts'
import { reportTrash } from '../cli/trash-report.ts'
import { openWorld, silent } from '../cli/world.ts'
import { checkVolumeName } from '../snapshots/volume-name.ts'
import type { StoredSnapshot } from '../snapshots/format.ts'
import { formatReference, nothingOfVolume } from '../snapshots/reference.ts'
import { formatSet } from '../snapshots/sets.ts'
import { isUndoCopy, withoutUndoCopies } from '../snapshots/undo-copy.ts'
import type { StoreProblem } from '../stores/store.ts'

type Row = StoredSnapshot | StoreProblem

export default class Snapshots extends VolCommand {
  static override summary = 'List snapshots'
  static override description = `${this.summary}, of all volumes or of one, oldest first. No engine is needed.`
  static override examples = [
    'docker vol snapshots',
    'docker vol snapshots pgdata',
    'docker vol snapshots -q pgdata | tail -n 1',
    'docker vol snapshots --filter project=shop',
    'docker vol snapshots --trash',
  ]
  static override args = { VOLUME: Args.string({ description: 'The volume whose snapshots are meant' }) }
  static override flags = {
    format: formatFlag,
    quiet: quietFlag,
    filter: filterFlag(Object.keys(snapshotFilters)),
    'no-trunc': noTruncFlag,
    all: Flags.boolean({ char: 'a', description: 'List also what restores have replaced and kept for undo' }),
    trash: Flags.boolean({ description: 'List what prune has moved to the trash' }),
    store: settingsFlags.store,
  }

  async run(): Promise<void> {
    const { flags, args } = await this.parse(Snapshots)
    const { terminal } = this.context
    if (args.VOLUME !== undefined) checkVolumeName(args.VOLUME)
    const { store } = await openWorld(this.context, flags, silent)
    if (flags.trash) return await reportTrash(terminal, await store.trashed(args.VOLUME), flags)
    const [all, problems] = await Promise.all([store.list(args.VOLUME), store.problems(args.VOLUME)])
    const snapshots = flags.all ? all : withoutUndoCopies(all)
    if (args.VOLUME !== undefined && snapshots.length + problems.length === 0)
      throw nothingOfVolume({ volume: args.VOLUME }, await store.list())
    const filters = parseFilters(flags.filter ?? [], Object.keys(snapshotFilters))
    const shown = snapshots.filter((snapshot) =>
      passes(filters, (key, value) => snapshotFilters[key]?.(snapshot, value) ?? false),
    )
    // Whose a damaged one is cannot be read.
    const damaged = flags.quiet || filters.size > 0 ? [] : problems
    const rows: Row[] = [...shown, ...damaged].sort((a, b) =>
      a.volume === b.volume ? (a.id < b.id ? -1 : 1) : a.volume < b.volume ? -1 : 1,
    )
    const now = new Date()
    await reportList(terminal, {
      rows,
      ...flags,
      columns: [
        { header: 'SNAPSHOT', value: formatReference },
        {
          header: 'CREATED',
          value: (row) => (isWhole(row) ? humanAge(new Date(row.config.created), now) : '-'),
        },
        {
          header: 'CONSISTENCY',
          value: (row) => (isWhole(row) ? consistencyOf(row) : `DAMAGED: ${row.message}`),
        },
        { header: 'SIZE', value: (row) => (isWhole(row) ? humanSize(row.config.totals.bytes) : '-') },
        { header: 'VERIFIED', value: (row) => (isWhole(row) ? verifiedOf(row, now) : '-') },
        ...(flags['no-trunc']
          ? [
              {
                header: 'STORED',
                value: (row: Row) => (isWhole(row) ? humanSize(row.config.totals.storedBytes) : '-'),
              },
              { header: 'FILES', value: (row: Row) => (isWhole(row) ? filesIn(row) : '-') },
              { header: 'SET', value: (row: Row) => (isWhole(row) ? setOf(row) : '-') },
              { header: 'DIGEST', value: (row: Row) => (isWhole(row) ? row.manifestDigest : '-') },
            ]
          : []),
      ],
      reference: formatReference,
      json: (row) =>
        isWhole(row)
          ? snapshotAsJson(row)
          : { Reference: formatReference(row), Volume: row.volume, ID: row.id, Damage: row.message },
    })
    if (rows.length === 0 && flags.format === 'table' && !flags.quiet)
      terminal.err(`There are no snapshots in ${store.location} yet; docker vol snapshot VOLUME takes one.\n`)
    for (const { volume, id, message } of flags.quiet ? problems : [])
      terminal.err(`Warning: ${volume}@${id} is damaged: ${message}\n`)
  }
}

function isWhole(row: Row): row is StoredSnapshot {
  return 'config' in row
}

function setOf({ config: { set } }: StoredSnapshot): string {
  return set === undefined ? '-' : formatSet(set)
}

/** Everything but directories, which nobody counts as files. */
function filesIn({ config: { totals } }: StoredSnapshot): string {
  return String(totals.entries - totals.directories)
}

function consistencyOf(snapshot: StoredSnapshot): string {
  const { method, changed } = snapshot.config.consistency
  if (isUndoCopy(snapshot)) return 'undo copy'
  return changed.length === 0 ? method : `${method}, ${changed.length} changed`
}
