import { Args } from '@oclif/core'

import { VolCommand } from '../cli/command.ts'
import { completeSnapshots } from '../cli/completions.ts'
import { formatFlag, progressFlag, quietFlag, settingsFlags } from '../cli/flags.ts'
import { reportList } from '../cli/report.ts'
import { openWorld } from '../cli/world.ts'
import { isVolError } from '../errors.ts'
import type { StoredSnapshot } from '../snapshots/format.ts'
import { verifySnapshot, type Verdict } from '../snapshots/verify.ts'
import { findSnapshot } from '../stores/find.ts'
import type { World } from '../plan/world.ts'

/** The exit code for damage (design.md, section 4). */
const damageFound = 3

export default class Verify extends VolCommand {
  static override summary = 'Check snapshots to the last byte'
  static override description = `${this.summary}: every blob against its digest, every file against the list of files. Exits with 3 when any is damaged. No engine is needed.`
  static override examples = [
    'docker vol verify pgdata@latest',
    'docker vol verify --format json pgdata@latest uploads@latest',
  ]
  static override args = {
    SNAPSHOT: Args.string({ required: true, multiple: true, description: 'VOLUME@ID or VOLUME@latest' }),
  }
  static override flags = {
    format: formatFlag,
    quiet: quietFlag,
    progress: progressFlag,
    store: settingsFlags.store,
  }
  static override complete = completeSnapshots

  async run(): Promise<number> {
    const { flags, args } = await this.parse(Verify)
    const { context } = this
    const progress = this.progress(flags)
    const world = await openWorld(context, flags, progress)
    // All are found before the first is read, which may take an hour.
    const found = []
    for (const reference of new Set(args.SNAPSHOT)) found.push(await find(world, reference))
    const rows: Verdict[] = []
    for (const each of found) rows.push('whole' in each ? each : await verifySnapshot(world, each))
    progress.close()
    await reportList(context.terminal, {
      rows,
      ...flags,
      columns: [
        { header: 'SNAPSHOT', value: ({ reference }) => reference },
        { header: 'STATE', value: ({ whole }) => (whole ? 'whole' : 'DAMAGED') },
        { header: 'DAMAGE', value: (verdict) => (verdict.whole ? '' : verdict.damage) },
      ],
      reference: ({ reference }) => reference,
      json: (verdict) => ({
        Reference: verdict.reference,
        Whole: verdict.whole,
        Damage: verdict.whole ? null : verdict.damage,
      }),
    })
    return rows.every(({ whole }) => whole) ? 0 : damageFound
  }
}

/** A manifest that cannot be read is damage of that snapshot, not a reason to leave the others unread. */
async function find(world: World, reference: string): Promise<StoredSnapshot | Verdict> {
  try {
    return await findSnapshot(world.store, reference)
  } catch (error) {
    if (!isVolError(error, 'SNAPSHOT_DAMAGED')) throw error
    return { reference, whole: false, damage: error.message }
  }
}
