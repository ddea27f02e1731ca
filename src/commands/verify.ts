import { Args, Flags } from '@oclif/core'

import { VolCommand } from '../cli/command.ts'
import { completeSnapshots } from '../cli/completions.ts'
import { formatFlag, progressFlag, quietFlag, settingsFlags } from '../cli/flags.ts'
import { reportChecked } from '../cli/verify-report.ts'
import { openWorld, openWorldToChange } from '../cli/world.ts'
import { isVolError, VolError } from '../errors.ts'
import { checkSnapshot, type Checked } from '../snapshots/check-snapshot.ts'
import type { StoredSnapshot } from '../snapshots/format.ts'
import { findSnapshot } from '../stores/find.ts'
import type { World } from '../plan/world.ts'

/** The exit code for damage (design.md, section 4). */
const damageFound = 3

export default class Verify extends VolCommand {
  static override summary = 'Check snapshots to the last byte, or boot them'
  static override description = `${this.summary}. Every blob is read again and held against its digest, every file against the list of files; no engine is needed. With --boot each is restored into a volume of its own, and its database started on that with the image that the snapshot recorded, without a network, to check itself. The result is kept beside the snapshot. Exits with 3 when any is damaged.`
  static override examples = [
    'docker vol verify pgdata@latest',
    'docker vol verify --boot pgdata@latest',
    'docker vol verify --format json pgdata@latest uploads@latest',
  ]
  static override args = {
    SNAPSHOT: Args.string({ required: true, multiple: true, description: 'VOLUME@ID or VOLUME@latest' }),
  }
  static override flags = {
    boot: Flags.boolean({ description: 'Start the database on a copy and let it check itself' }),
    image: Flags.string({
      helpValue: 'IMAGE',
      dependsOn: ['boot'],
      description: 'Boot with this image, not with the one that the snapshot recorded',
    }),
    format: formatFlag,
    quiet: quietFlag,
    progress: progressFlag,
    ...settingsFlags,
  }
  static override complete = completeSnapshots

  async run(): Promise<number> {
    const { flags, args } = await this.parse(Verify)
    const { context } = this
    const progress = this.progress(flags)
    const world = await (flags.boot ? openWorldToChange : openWorld)(context, flags, progress)
    // All are found before the first is read, which may take an hour.
    const found = []
    for (const reference of new Set(args.SNAPSHOT)) found.push(await find(world, reference))
    const rows: Checked[] = []
    for (const each of found) rows.push('whole' in each ? each : await checkSnapshot(world, each, flags))
    progress.close()
    await reportChecked(context.terminal, rows, flags)
    if (rows.some(({ whole }) => !whole)) return damageFound
    const [notBooted] = rows.flatMap(({ boot }) => (boot instanceof VolError ? [boot] : []))
    if (notBooted !== undefined) throw notBooted
    return 0
  }
}

/** A manifest that cannot be read is damage of that snapshot, not a reason to leave the others unread. */
async function find(world: World, reference: string): Promise<StoredSnapshot | Checked> {
  try {
    return await findSnapshot(world.store, reference)
  } catch (error) {
    if (!isVolError(error, 'SNAPSHOT_DAMAGED')) throw error
    return { reference, whole: false, damage: error.message, boot: undefined }
  }
}
