import { VolError } from '../errors.ts'
import type { Checked } from '../snapshots/check-snapshot.ts'
import { type OutputFormat, reportList } from './report.ts'
import { safeText } from './safe-text.ts'
import type { Terminal } from './terminal.ts'

type ReportFlags = { readonly format: OutputFormat; readonly quiet: boolean; readonly boot: boolean }

/** Lists what checks of snapshots found; what a database said against itself comes on stderr. */
export async function reportChecked(
  terminal: Terminal,
  rows: readonly Checked[],
  flags: ReportFlags,
): Promise<void> {
  await reportList(terminal, {
    rows,
    ...flags,
    columns: [
      { header: 'SNAPSHOT', value: ({ reference }) => reference },
      { header: 'STATE', value: ({ whole }) => (whole ? 'whole' : 'DAMAGED') },
      { header: 'DAMAGE', value: ({ damage }) => damage },
      ...(flags.boot ? [{ header: 'BOOT', value: bootOf }] : []),
    ],
    reference: ({ reference }) => reference,
    json: (row) => ({
      Reference: row.reference,
      Whole: row.whole,
      Damage: row.whole ? null : row.damage,
      Boot: bootAsJson(row),
    }),
  })
  if (flags.quiet || flags.format === 'json') return
  for (const { reference, boot } of rows)
    if (boot !== undefined && !(boot instanceof VolError) && boot.did === 'damaged')
      terminal.err(safeText(`${reference}: ${boot.about}\n${boot.said}\n`))
}

function bootOf({ boot }: Checked): string {
  if (boot === undefined) return '-'
  if (boot instanceof VolError) return `not booted: ${boot.message}`
  return boot.did === 'damaged' ? 'FAILED' : boot.about
}

function bootAsJson({ boot }: Checked): unknown {
  if (boot === undefined) return null
  if (boot instanceof VolError)
    return { Result: 'not booted', About: boot.message, Said: boot.output ?? null }
  return { Result: boot.did, About: boot.about, Said: boot.did === 'damaged' ? boot.said : null }
}
