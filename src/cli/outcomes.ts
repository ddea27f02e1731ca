import type { Outcome } from '../plan/execute.ts'
import { formatReference } from '../snapshots/reference.ts'
import type { CommandContext } from './context.ts'
import { reportJson } from './report.ts'
import { safeText } from './safe-text.ts'
import { snapshotAsJson } from './snapshot-json.ts'
import { humanSize } from './units.ts'

type ReportFlags = { readonly format?: 'table' | 'json'; readonly quiet?: boolean }

/** Reports a snapshot or an archive that was made: its reference on stdout, what to know about it on stderr. */
export async function reportSnapshotTaken(
  { terminal }: CommandContext,
  flags: ReportFlags,
  outcome: Outcome,
): Promise<void> {
  if (outcome.did === 'exported') {
    for (const warning of outcome.warnings) terminal.err(safeText(`Warning: ${warning}\n`))
    if (outcome.output !== '-') await terminal.out(`${outcome.output}\n`)
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
      `${totals.entries} files and directories, ${humanSize(totals.bytes)} in ${humanSize(totals.storedBytes)}; ` +
        `${consistency.method}: ${consistency.why}\n`,
    ),
  )
  for (const { message, path } of warnings)
    terminal.err(safeText(`Warning: ${path === undefined ? '' : `"${path}": `}${message}\n`))
  for (const path of consistency.changed) terminal.err(safeText(`Changed while it was read: ${path}\n`))
}

/** Reports a volume that was restored or cloned: its name on stdout. */
export async function reportRestored(
  { terminal }: CommandContext,
  flags: ReportFlags,
  outcome: Outcome,
): Promise<void> {
  if (outcome.did !== 'restored') return
  const { volume, from, warnings } = outcome
  if (flags.format === 'json') await reportJson(terminal, { Volume: volume, From: from, Warnings: warnings })
  else await terminal.out(`${volume}\n`)
  if (flags.quiet === true) return
  for (const warning of warnings) terminal.err(safeText(`Warning: ${warning}\n`))
}

/** Reports a snapshot that was removed. */
export async function reportRemoved({ terminal }: CommandContext, outcome: Outcome): Promise<void> {
  if (outcome.did !== 'removed') return
  await terminal.out(`${outcome.reference}\n`)
  terminal.err(`Freed ${humanSize(outcome.freedBytes)}.\n`)
}
