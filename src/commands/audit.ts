import { Args, Flags } from '@oclif/core'

import { formatNames, formatReport } from '../audit/formats/index.ts'
import { loadProject } from '../audit/load.ts'
import { rules } from '../audit/rules/index.ts'
import { reaches, runRules } from '../audit/run.ts'
import { realFiles } from '../audit/source/files.ts'
import { VolCommand } from '../cli/command.ts'
import { projectFlags } from '../cli/flags.ts'
import { safeText } from '../cli/safe-text.ts'
import { wrap } from '../cli/text.ts'
import { resolveWithCompose } from '../docker/compose.ts'

export default class Audit extends VolCommand {
  static override summary = 'Find what endangers the data of a Compose project'
  static override description = `${this.summary}: databases without a volume or with one in the wrong place, volumes that the next container does not get, host paths that should not be shared, and the like. Reads the files alone; no engine is needed. Exits with 3 when there are findings at or above --fail-on.`
  static override examples = [
    'docker vol audit',
    'docker vol audit compose.yaml compose.prod.yaml',
    'docker vol audit --format json -',
  ]
  static override args = {
    FILE: Args.string({
      multiple: true,
      description: 'Compose files or the folder of a project; - reads standard input',
    }),
  }
  static override flags = {
    format: Flags.option({
      options: formatNames,
      default: 'text' as const,
      description: 'Format output',
    })(),
    'fail-on': Flags.option({
      options: ['error', 'warning', 'info', 'never'] as const,
      default: 'warning' as const,
      description: 'Exit with 3 at findings that are this serious or more',
    })(),
    'project-name': projectFlags['project-name'],
    'env-file': projectFlags['env-file'],
  }

  async run(): Promise<number> {
    const { flags, args } = await this.parse(Audit)
    const { terminal, environment, version } = this.context
    const loaded = await loadProject({
      files: realFiles,
      named: args.FILE ?? [],
      workingDirectory: process.cwd(),
      environment,
      environmentFiles: flags['env-file'] ?? [],
      projectName: flags['project-name'],
      standardInput: async () => Buffer.concat(await terminal.stdin.toArray()),
      compose: async (request) => await resolveWithCompose(this.dockerCommand, request),
    })
    const { project, notes, resolvedBy } = loaded
    const findings = runRules(project, rules)
    const report = {
      version,
      project: project.name,
      files: project.sources.map(({ name }) => name),
      resolvedBy,
      notes,
      findings,
      rules,
    }
    if (flags.format === 'text') for (const note of notes) terminal.err(safeText(`Note: ${note}\n`))
    await terminal.out(
      formatReport(flags.format, report, {
        width: terminal.size().columns,
        color:
          terminal.stdoutIsTerminal &&
          (environment['NO_COLOR'] ?? '') === '' &&
          environment['TERM'] !== 'dumb',
        wrap,
        safe: safeText,
      }),
    )
    return reaches(findings, flags['fail-on']) ? 3 : 0
  }
}
