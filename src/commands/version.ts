import process from 'node:process'

import { VolCommand } from '../cli/command.ts'
import { formatFlag } from '../cli/flags.ts'
import { reportJson } from '../cli/report.ts'
import { safeLine } from '../cli/safe-text.ts'
import { tryDocker } from '../docker/command.ts'

type Side = { readonly Version?: string; readonly ApiVersion?: string } | null | undefined

export default class Version extends VolCommand {
  static override summary = 'Show the versions of docker vol and of what it works with'
  static override description = `${this.summary}. An engine that does not answer is no failure.`
  static override examples = ['docker vol version', 'docker vol version --format json']
  static override flags = { format: formatFlag }

  async run(): Promise<void> {
    const { flags } = await this.parse(Version)
    const { terminal, version } = this.context
    const { client, server, error } = await this.ask()
    if (flags.format === 'json') {
      const docker = { Client: client ?? null, Server: server ?? null }
      await reportJson(terminal, { Version: version, NodeVersion: process.versions.node, ...docker })
      return
    }
    const lines = [
      ['docker vol:', version],
      ['Node.js:', process.versions.node],
      ['Docker client:', client?.Version ?? 'not found'],
      ['Docker engine:', server?.Version ?? `not there${error === undefined ? '' : ` (${error})`}`],
    ]
    await terminal.out(lines.map(([name, value]) => `${name?.padEnd(16)}${safeLine(value ?? '')}\n`).join(''))
  }

  /** `docker version` prints what it knows of the client even when it fails to reach the engine. */
  private async ask(): Promise<{ client: Side; server: Side; error?: string }> {
    const { stdout, error } = await tryDocker(this.dockerCommand, ['version', '--format', 'json'])
    const answer: { Client?: Side; Server?: Side } = stdout.trim() === '' ? {} : JSON.parse(stdout)
    const reason = error?.output?.split('\n')[0]
    return {
      client: pick(answer.Client),
      server: pick(answer.Server),
      ...(reason === undefined ? {} : { error: reason }),
    }
  }
}

function pick(side: Side): Side {
  return side?.Version === undefined
    ? undefined
    : { Version: side.Version, ApiVersion: side.ApiVersion ?? '' }
}
