import { Args, Flags } from '@oclif/core'

import { carryOut } from '../cli/carry-out.ts'
import { VolCommand } from '../cli/command.ts'
import { completeSnapshots } from '../cli/completions.ts'
import { dryRunFlag, formatFlag, quietFlag, settingsFlags, yesFlag } from '../cli/flags.ts'
import { reportRemoved } from '../cli/outcomes.ts'
import { openWorld, silent } from '../cli/world.ts'
import { planRemove } from '../operations/remove.ts'
import { formatReference } from '../snapshots/reference.ts'
import { withoutUndoCopies } from '../snapshots/undo-copy.ts'
import { findReference } from '../stores/find.ts'

export default class Remove extends VolCommand {
  static override summary = 'Remove snapshots'
  static override description = `${this.summary}. The last one of a volume that can be restored is kept unless --force is given.`
  static override examples = [
    'docker vol rm pgdata@20261123T071155Z-3f9c',
    'docker vol rm --dry-run pgdata@latest',
    'docker vol rm --yes --force pgdata@latest',
  ]
  static override args = {
    SNAPSHOT: Args.string({ required: true, multiple: true, description: 'VOLUME@ID or VOLUME@latest' }),
  }
  static override flags = {
    force: Flags.boolean({ description: 'Remove also the last snapshot of a volume that can be restored' }),
    'dry-run': dryRunFlag,
    format: formatFlag,
    quiet: quietFlag,
    yes: yesFlag,
    store: settingsFlags.store,
  }
  static override complete = completeSnapshots

  async run(): Promise<void> {
    const { flags, args } = await this.parse(Remove)
    const { context } = this
    const world = await openWorld(context, flags, silent)
    const wanted = []
    for (const reference of args.SNAPSHOT) wanted.push(await findReference(world.store, reference))
    const plan = planRemove(wanted, withoutUndoCopies(await world.store.list()), flags.force)
    // What `latest` came to is what is asked about.
    const names = [...new Set(wanted.map(formatReference))]
    const question = `Remove ${names.length === 1 ? 'the snapshot' : `these ${names.length} snapshots:`} ${names.join(', ')}?`
    await carryOut(context, world, plan, flags, (outcome) => reportRemoved(context, flags, outcome), question)
  }
}
