import { Args, Flags } from '@oclif/core'

import { VolCommand } from '../cli/command.ts'
import { settingsFlags } from '../cli/flags.ts'
import { inspectionOf } from '../cli/overview-json.ts'
import { reportInspect } from '../cli/report.ts'
import { openWorld, silent } from '../cli/world.ts'
import { observeVolumes } from '../docker/observe.ts'
import { overviewOf } from '../operations/overview.ts'
import { redactOptions } from '../snapshots/redact.ts'

export default class Inspect extends VolCommand {
  static override summary = 'Show all that is known of volumes'
  static override description = `${this.summary}, as a JSON array: options and labels, containers that mount them, snapshots. Secrets in driver options are left out.`
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
    const { docker, store } = await openWorld(context, flags, silent)
    const [observed, snapshots, sizes] = await Promise.all([
      observeVolumes(docker, [...new Set(args.VOLUME)]),
      store.list(),
      flags.size ? docker.volumeSizes() : undefined,
    ])
    const inspections = overviewOf(observed, snapshots, sizes).map((overview) =>
      inspectionOf(overview, redactOptions(overview.volume.options).options),
    )
    await reportInspect(context.terminal, inspections)
  }
}
