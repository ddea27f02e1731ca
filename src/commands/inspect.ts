import { Args, Flags } from '@oclif/core'

import { VolCommand } from '../cli/command.ts'
import { settingsFlags } from '../cli/flags.ts'
import { inspectionOf } from '../cli/overview-json.ts'
import { reportInspect } from '../cli/report.ts'
import { openWorld, silent } from '../cli/world.ts'
import { contentsOf, isPlainVolume } from '../databases/contents.ts'
import { lookIntoAll } from '../databases/look-into.ts'
import { observeVolumes } from '../docker/observe.ts'
import { overviewOf } from '../operations/overview.ts'
import { redactOptions } from '../snapshots/redact.ts'

export default class Inspect extends VolCommand {
  static override summary = 'Show all that is known of volumes'
  static override description = `${this.summary}, as a JSON array: options and labels, containers that mount them, snapshots, and what is known of the databases they hold. For that, plain local volumes are looked into through a helper container, if an image for it is there. Secrets in driver options are left out.`
  static override examples = ['docker vol inspect pgdata', 'docker vol inspect --size pgdata uploads']
  static override args = {
    VOLUME: Args.string({ required: true, multiple: true, description: 'Volumes to show' }),
  }
  static override flags = {
    size: Flags.boolean({ char: 's', description: 'Show how large they are (the engine counts every file)' }),
    format: Flags.option({
      options: ['json'] as const,
      description: 'Format output; JSON is all there is',
    })(),
    store: settingsFlags.store,
  }

  async run(): Promise<void> {
    const { flags, args } = await this.parse(Inspect)
    const { context } = this
    const world = await openWorld(context, flags, silent)
    const { docker, store } = world
    const [observed, snapshots, sizes] = await Promise.all([
      observeVolumes(docker, [...new Set(args.VOLUME)]),
      store.list(),
      flags.size ? docker.volumeSizes() : undefined,
    ])
    const looks = await lookIntoAll(world, observed.filter(isPlainVolume))
    const inspections = overviewOf(observed, snapshots, sizes).map((overview) =>
      inspectionOf(
        overview,
        redactOptions(overview.volume.options).options,
        contentsOf(overview, overview.snapshots, looks.get(overview.volume.name)),
      ),
    )
    await reportInspect(context.terminal, inspections)
  }
}
