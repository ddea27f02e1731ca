import { Args, Flags } from '@oclif/core'

import { carryOut } from '../cli/carry-out.ts'
import { VolCommand } from '../cli/command.ts'
import { completeSnapshots } from '../cli/completions.ts'
import { dryRunFlag, settingsFlags, yesFlag } from '../cli/flags.ts'
import { reportRemoved } from '../cli/outcomes.ts'
import { openWorld, silent } from '../cli/world.ts'
import { planRemove } from '../operations/remove.ts'
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
    const plan = planRemove(wanted, await world.store.list(), flags.force)
    const question =
      plan.steps.length === 1 ? `Remove ${args.SNAPSHOT[0]}?` : `Remove these ${plan.steps.length} snapshots?`
    await carryOut(context, world, plan, flags, (outcome) => reportRemoved(context, outcome), question)
  }
}
