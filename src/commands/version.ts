import process from 'node:process'

import { VolCommand } from '../cli/command.ts'

export default class Version extends VolCommand {
  static override summary = 'Show the versions of docker vol and of what it works with'
  async run(): Promise<void> {
    await this.parse(Version)
    await this.context.terminal.out(`docker vol ${this.context.version} node ${process.versions.node}\n`)
  }
}
