import type { Outcome } from '../plan/execute.ts'
import { isDestructive, type Plan } from '../plan/step.ts'
import type { CommandContext } from './context.ts'
import { reportJson } from './report.ts'
import { counted, humanSize } from './units.ts'

type ReportFlags = { readonly format: 'table' | 'json'; readonly quiet: boolean }

export type PruneReport = {
  /** Tells of one snapshot, as soon as something has become of it. */
  tell(outcome: Outcome): Promise<void>
  /** Sums up, for people. */
  finish(): void
}

/** Reports what became of snapshots: on stdout the references of those that went, as JSON also of those that stay. */
export function pruneReport({ terminal }: CommandContext, { format, quiet }: ReportFlags): PruneReport {
  const told = { kept: 0, untrashed: 0, trashed: 0, removed: 0, freed: 0 }
  let until = ''
  return {
    async tell(outcome) {
      if (!('why' in outcome)) return
      const { did, reference, why } = outcome
      told[did] += 1
      if (did === 'removed') told.freed += outcome.freedBytes
      if (did === 'trashed') ({ until } = outcome)
      if (format === 'json' && !quiet)
        await reportJson(terminal, {
          Reference: reference,
          Action: did,
          Why: why,
          Until: did === 'trashed' ? outcome.until : null,
          FreedBytes: did === 'removed' ? outcome.freedBytes : 0,
        })
      else if (did !== 'kept') await terminal.out(`${reference}\n`)
    },
    finish() {
      if (quiet || format === 'json') return
      const parts = [
        ...(told.untrashed > 0 ? [`${told.untrashed} brought back`] : []),
        ...(told.trashed > 0 ? [`${told.trashed} moved to the trash until ${until}`] : []),
        ...(told.removed > 0 ? [`${told.removed} removed, ${humanSize(told.freed)} freed`] : []),
        ...(told.kept > 0 ? [`${told.kept} kept`] : []),
      ]
      if (parts.length > 0) terminal.err(`Snapshots: ${parts.join('; ')}.\n`)
      if (told.trashed > 0) terminal.err('docker vol prune --undelete SNAPSHOT brings one back.\n')
    },
  }
}

/** What is asked before a plan that removes. */
export function pruneQuestion({ steps }: Plan): string {
  const going = steps.filter(isDestructive)
  const volumes = new Set(going.map((step) => ('id' in step ? step.volume : '')))
  const forGood = steps.filter((step) => step.do === 'remove-snapshot').length
  const what = `${counted(going.length, 'snapshot', 'snapshots')} of ${counted(volumes.size, 'volume', 'volumes')}`
  return `Remove ${what}${forGood === 0 ? ' (to the trash)' : `, ${forGood} of them for good`}?`
}
