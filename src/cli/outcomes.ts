import type { Outcome } from '../plan/execute.ts'
import type { Totals } from '../snapshots/format.ts'
import { formatReference } from '../snapshots/reference.ts'
import type { CommandContext } from './context.ts'
import { reportJson } from './report.ts'
import { safeText } from './safe-text.ts'
import { snapshotAsJson } from './snapshot-json.ts'
import { counted, humanSize } from './units.ts'

type ReportFlags = { readonly format?: 'table' | 'json'; readonly quiet?: boolean }

/** Reports a snapshot or an archive that was made: its reference on stdout, what to know about it on stderr. */
export async function reportSnapshotTaken(
  { terminal }: CommandContext,
  flags: ReportFlags,
  outcome: Outcome,
): Promise<void> {
  if (outcome.did === 'exported') {
    const { volume, output, warnings } = outcome
    // The archive itself is what standard output is for then.
    if (output !== '-')
      await (flags.format === 'json'
        ? reportJson(terminal, { Volume: volume, Output: output, Warnings: warnings })
        : terminal.out(`${output}\n`))
    if (flags.quiet === true) return
    for (const warning of warnings) terminal.err(safeText(`Warning: ${warning}\n`))
    return
  }
  if (outcome.did !== 'snapshot') return
  const { snapshot } = outcome
  const { totals, consistency, warnings } = snapshot.config
  if (flags.format === 'json') return await reportJson(terminal, snapshotAsJson(snapshot))
  await terminal.out(`${formatReference(snapshot)}\n`)
  if (flags.quiet === true) return
  terminal.err(
    safeText(
      `${contentsOf(totals)}, ${humanSize(totals.bytes)} (${humanSize(totals.storedBytes)} stored); ` +
        `${consistency.method}: ${consistency.why}\n`,
    ),
  )
  for (const { message, path } of warnings)
    terminal.err(safeText(`Warning: ${path === undefined ? '' : `"${path}": `}${message}\n`))
  for (const path of consistency.changed) terminal.err(safeText(`Changed while it was read: ${path}\n`))
}

/** `1 file`, `51 files, 1 directory, 2 links`: what there is none of is not told. */
function contentsOf({ files, directories, symlinks, hardLinks, special }: Totals): string {
  const counts = [
    counted(files, 'file', 'files'),
    counted(directories, 'directory', 'directories'),
    counted(symlinks + hardLinks, 'link', 'links'),
    counted(special, 'special file', 'special files'),
  ]
  return counts.filter((count) => !count.startsWith('0 ')).join(', ') || 'empty'
}

/** Reports a volume that was restored or cloned: its name on stdout. */
export async function reportRestored(
  { terminal }: CommandContext,
  flags: ReportFlags,
  outcome: Outcome,
): Promise<void> {
  if (outcome.did === 'started' && flags.quiet !== true)
    terminal.err(safeText(`Started ${outcome.containers.join(', ')}.\n`))
  if (outcome.did !== 'restored') return
  const { volume, from, warnings, undoCopy } = outcome
  const undo = undoCopy === undefined ? null : formatReference(undoCopy)
  if (flags.format === 'json')
    await reportJson(terminal, { Volume: volume, From: from, UndoCopy: undo, Warnings: warnings })
  else await terminal.out(`${volume}\n`)
  if (flags.quiet === true) return
  if (undo !== null)
    terminal.err(`What was there is kept as ${undo}; docker vol undo ${volume} brings it back.\n`)
  for (const warning of warnings) terminal.err(safeText(`Warning: ${warning}\n`))
}

/** Reports a snapshot that was removed. */
export async function reportRemoved(
  { terminal }: CommandContext,
  flags: ReportFlags,
  outcome: Outcome,
): Promise<void> {
  if (outcome.did !== 'removed') return
  const { reference, freedBytes } = outcome
  if (flags.format === 'json')
    return await reportJson(terminal, { Reference: reference, FreedBytes: freedBytes })
  await terminal.out(`${reference}\n`)
  if (flags.quiet !== true) terminal.err(`Freed ${humanSize(freedBytes)}.\n`)
}
