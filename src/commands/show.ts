import { Args, Flags } from '@oclif/core'

import { VolCommand } from '../cli/command.ts'
import { completeSnapshots } from '../cli/completions.ts'
import { fileAsJson, fileLine } from '../cli/file-line.ts'
import { formatFlag, settingsFlags } from '../cli/flags.ts'
import { reportInspect } from '../cli/report.ts'
import { openWorld, silent } from '../cli/world.ts'
import { verificationAsJson } from '../cli/snapshot-json.ts'
import { filesOf } from '../snapshots/contents.ts'
import { formatReference } from '../snapshots/reference.ts'
import { findSnapshot } from '../stores/find.ts'

export default class Show extends VolCommand {
  static override summary = 'Show what is known of a snapshot, or its files'
  static override description = `${this.summary}: its manifest and configuration as JSON, or with --files a list like that of ls -l. No engine is needed.`
  static override examples = ['docker vol show pgdata@latest', 'docker vol show --files pgdata@latest | less']
  static override args = {
    SNAPSHOT: Args.string({ required: true, description: 'VOLUME@ID or VOLUME@latest' }),
  }
  static override flags = {
    files: Flags.boolean({ description: 'List the files instead' }),
    format: formatFlag,
    store: settingsFlags.store,
  }
  static override complete = completeSnapshots

  async run(): Promise<void> {
    const { flags, args } = await this.parse(Show)
    const { terminal } = this.context
    const { store } = await openWorld(this.context, flags, silent)
    const snapshot = await findSnapshot(store, args.SNAPSHOT)
    if (!flags.files) {
      const { config, manifest, manifestDigest } = snapshot
      const shown = {
        Reference: formatReference(snapshot),
        Digest: manifestDigest,
        Verified: verificationAsJson(snapshot),
        Config: config,
        Manifest: manifest,
      }
      return await reportInspect(terminal, [shown])
    }
    let page = ''
    for await (const file of filesOf(store, snapshot)) {
      page += flags.format === 'json' ? `${JSON.stringify(fileAsJson(file))}\n` : fileLine(file)
      if (page.length < 64 * 1024) continue
      await terminal.out(page)
      page = ''
    }
    await terminal.out(page)
  }
}
