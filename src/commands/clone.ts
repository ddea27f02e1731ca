import { Args } from '@oclif/core'

import { carryOut } from '../cli/carry-out.ts'
import { VolCommand } from '../cli/command.ts'
import {
  consistencyFlags,
  dryRunFlag,
  formatFlag,
  progressFlag,
  quietFlag,
  settingsFlags,
} from '../cli/flags.ts'
import { reportRestored } from '../cli/outcomes.ts'
import { copyWish, observeToCopy } from '../cli/volumes-to-copy.ts'
import { askEngineEarly, openWorldToChange } from '../cli/world.ts'
import { observeVolumes } from '../docker/observe.ts'
import { planClone } from '../operations/clone.ts'
import { checkVolumeName } from '../snapshots/volume-name.ts'

export default class Clone extends VolCommand {
  static override summary = 'Copy a volume under a new name'
  static override description = `${this.summary}. Everything in it is kept: owners, times, links, holes and attributes. The copy is a plain local volume that belongs to no Compose project.`
  static override examples = [
    'docker vol clone pgdata pgdata-try',
    'docker vol clone --dry-run pgdata pgdata-try',
  ]
  static override args = {
    SRC: Args.string({ required: true, description: 'The volume to copy' }),
    DST: Args.string({ required: true, description: 'The name of the copy' }),
  }
  static override flags = {
    'dry-run': dryRunFlag,
    format: formatFlag,
    quiet: quietFlag,
    progress: progressFlag,
    ...consistencyFlags,
    ...settingsFlags,
  }

  async run(): Promise<void> {
    const { flags, args } = await this.parse(Clone)
    const { context } = this
    checkVolumeName(args.DST)
    const world = await openWorldToChange(context, flags, this.progress(flags))
    askEngineEarly(world)
    const [[source], existing] = await Promise.all([
      observeVolumes(world.docker, [args.SRC]),
      world.docker.volume(args.DST),
    ])
    if (source === undefined) return
    const exists = existing !== undefined
    const wish = copyWish(flags)
    const [toCopy = source] = await observeToCopy(world, [source], wish)
    const plan = planClone(toCopy, args.DST, exists, wish)
    await carryOut(context, world, plan, flags, (outcome) => reportRestored(context, flags, outcome))
  }
}
