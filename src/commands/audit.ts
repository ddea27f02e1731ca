import { Args, Flags } from '@oclif/core'

import type { Finding } from '../audit/finding.ts'
import { auditLoaded } from '../audit/live/audit-loaded.ts'
import { fixProject, withReplaced, type FixedProject } from '../audit/fix/fix-project.ts'
import { unifiedDiff } from '../compose/unified-diff.ts'
import { replaceFile } from '../compose/write-file.ts'
import { formatNames, formatReport } from '../audit/formats/index.ts'
import type { Report } from '../audit/formats/report.ts'
import { loadProject, shownPath, type LoadRequest } from '../audit/load.ts'
import { rulePage } from '../audit/rule-page.ts'
import { isLive } from '../audit/rule.ts'
import { rules } from '../audit/rules/index.ts'
import { reaches } from '../audit/run.ts'
import { readBaseline, renderBaseline } from '../audit/settings/baseline.ts'
import { readAuditSettings, type AuditSettings } from '../audit/settings/settings.ts'
import { realFiles } from '../compose/files.ts'
import { auditEverything } from '../cli/audit-everything.ts'
import { askedOf, filesOnEngine, observeEngine } from '../cli/audited-engine.ts'
import { VolCommand } from '../cli/command.ts'
import { dryRunFlag, projectFlags, settingsFlags } from '../cli/flags.ts'
import { reportList } from '../cli/report.ts'
import { safeText } from '../cli/safe-text.ts'
import { wrap } from '../cli/text.ts'
import { resolveWithCompose } from '../docker/compose.ts'
import { VolError } from '../errors.ts'
import { suggest } from '../suggest.ts'

/** The exit code for findings (design.md, section 4). */
const findingsFound = 3

export default class Audit extends VolCommand {
  static override summary = 'Find what endangers the data of a Compose project, or of all containers'
  static override description = `${this.summary}: databases without a volume or with one in the wrong place, volumes that the next container does not get, host paths that should not be shared, and the like. Reads the project's files, for which no engine is needed; when the project has containers, it looks at these, their images, volumes and snapshots as well. It changes nothing there. Exits with 3 when there are findings at or above --fail-on.`
  static override examples = [
    'docker vol audit',
    'docker vol audit compose.yaml compose.prod.yaml',
    'docker vol audit --project shop',
    'docker vol audit --all',
    'docker vol audit --no-live --format sarif > audit.sarif',
    'docker vol audit --fix --dry-run',
    'docker vol audit --explain database-mount-path',
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
    live: Flags.boolean({
      allowNo: true,
      description:
        'Look at containers, images, volumes and snapshots, too (default: when the project has containers)',
    }),
    all: Flags.boolean({
      char: 'a',
      description: 'Look at everything on the engine instead of a project',
    }),
    fix: Flags.boolean({ description: 'Mend what can be mended without moving or hiding data' }),
    'dry-run': { ...dryRunFlag, description: 'With --fix: print a diff, and change nothing' },
    baseline: Flags.string({
      helpValue: 'FILE',
      description:
        'Accept the findings in this file (default ".docker-vol-baseline.json" beside the project)',
    }),
    'write-baseline': Flags.boolean({ description: 'Write the findings of today into the baseline' }),
    'list-rules': Flags.boolean({ description: 'List the rules' }),
    explain: Flags.string({ helpValue: 'RULE', description: 'Print the page of a rule' }),
    'project-name': projectFlags['project-name'],
    'env-file': projectFlags['env-file'],
    ...settingsFlags,
  }

  async run(): Promise<number> {
    const { flags, args } = await this.parse(Audit)
    const { terminal, environment, version } = this.context
    if (flags.explain !== undefined) return await this.explain(flags.explain)
    if (flags['list-rules']) return await this.listRules(flags.format === 'json')
    if (flags['dry-run'] && !flags.fix) throw new VolError('USAGE', '--dry-run goes with --fix.')
    const asked = askedOf(flags)
    if (flags.all && (flags.fix || asked.live === false || args.FILE !== undefined))
      throw new VolError('USAGE', '--all looks at the engine: it goes with no FILE, --fix or --no-live.')

    const workingDirectory = process.cwd()
    const standardInput = readOnce(async () => Buffer.concat(await terminal.stdin.toArray()))
    const files: LoadRequest = {
      files: realFiles,
      named: args.FILE ?? (await filesOnEngine(this.context, asked, workingDirectory)),
      workingDirectory,
      environment,
      environmentFiles: flags['env-file'] ?? [],
      projectName: flags['project-name'],
      standardInput,
    }
    const request: LoadRequest = {
      ...files,
      compose: async (wanted) => await resolveWithCompose(this.dockerCommand, wanted),
    }
    const loaded = flags.all ? undefined : await loadProject(request)
    const nameOf = (file: string) => shownPath(file, workingDirectory)
    const directory = loaded?.project.directory ?? workingDirectory
    const settings = await readAuditSettings(directory, realFiles, rules, nameOf)
    const observed =
      loaded === undefined ? undefined : await observeEngine(this.context, asked, loaded.project)
    let audited =
      loaded === undefined
        ? await auditEverything(this.context, asked, settings, workingDirectory)
        : { ...(await auditLoaded(loaded, observed, settings)), accepted: 0 }

    if (flags['write-baseline'])
      return await this.writeBaseline(flags.baseline ?? settings.baseline, audited.findings)
    const baseline = await this.readBaseline(flags.baseline, settings)
    const fresh = (all: readonly Finding[]) => all.filter(({ fingerprint }) => !baseline.has(fingerprint))

    if (flags.fix && loaded !== undefined) {
      const fixed = await fixProject(loaded, fresh(audited.findings), settings, rules, async (replaced) =>
        // Compose reads what is on disk, and not what it shall be.
        loadProject({ ...files, files: withReplaced(realFiles, replaced) }),
      )
      if (flags['dry-run']) return await this.printDiff(fixed)
      await this.writeFixes(fixed)
      audited = { ...(await auditLoaded(await loadProject(request), observed, settings)), accepted: 0 }
    }
    const findings = fresh(audited.findings)
    const accepted = audited.accepted + audited.findings.length - findings.length
    await this.report(flags.format, { ...audited, version, findings, accepted, rules })
    return reaches(findings, flags['fail-on']) ? findingsFound : 0
  }

  private async report(format: (typeof formatNames)[number], report: Report): Promise<void> {
    const { terminal, environment } = this.context
    if (format === 'text') for (const note of report.notes) terminal.err(safeText(`Note: ${note}\n`))
    const color =
      terminal.stdoutIsTerminal && (environment['NO_COLOR'] ?? '') === '' && environment['TERM'] !== 'dumb'
    const screen = { width: terminal.size().columns, color, wrap, safe: safeText }
    await terminal.out(formatReport(format, report, screen))
  }

  private async readBaseline(
    named: string | undefined,
    settings: AuditSettings,
  ): Promise<ReadonlySet<string>> {
    const found = await readBaseline(named ?? settings.baseline, realFiles)
    if (found === undefined && named !== undefined)
      throw new VolError('FAILED', `There is no baseline "${named}".`, {
        suggestions: ['--write-baseline writes one.'],
      })
    return found ?? new Set()
  }

  private async writeBaseline(file: string, findings: readonly Finding[]): Promise<number> {
    await replaceFile(file, undefined, renderBaseline(findings))
    this.context.terminal.err(`${findings.length} findings are accepted in ${safeText(file)}.\n`)
    return 0
  }

  private async printDiff({ changes }: FixedProject): Promise<number> {
    for (const { name, before, after } of changes)
      await this.context.terminal.out(unifiedDiff(name, before, after))
    return 0
  }

  private async writeFixes({ changes, applied }: FixedProject): Promise<void> {
    for (const { path, before, after } of changes) await replaceFile(path, before, after)
    for (const { title } of applied) this.context.terminal.err(`Fixed: ${safeText(title)}\n`)
  }

  private async listRules(json: boolean): Promise<number> {
    await reportList(this.context.terminal, {
      rows: rules,
      format: json ? 'json' : 'table',
      columns: [
        { header: 'RULE', value: ({ id }) => id },
        { header: 'SEVERITY', value: ({ severity }) => severity },
        { header: 'LOOKS AT', value: (rule) => (isLive(rule) ? 'engine' : 'files') },
        { header: 'FIX', value: ({ fixable }) => (fixable ? 'yes' : '') },
        { header: 'SUMMARY', value: ({ summary }) => summary },
      ],
      reference: ({ id }) => id,
      json: (rule) => ({
        Rule: rule.id,
        Severity: rule.severity,
        Category: rule.category,
        Live: isLive(rule),
        Fixable: rule.fixable,
        Summary: rule.summary,
      }),
    })
    return 0
  }

  private async explain(id: string): Promise<number> {
    const rule = rules.find((each) => each.id === id)
    if (rule === undefined) {
      const known = rules.map((each) => each.id)
      const near = suggest(id, known)
      const meant = near.length === 0 ? '' : ` Did you mean ${near.join(' or ')}?`
      throw new VolError('USAGE', `there is no rule "${id}".${meant}`)
    }
    await this.context.terminal.out(rulePage(rule))
    return 0
  }
}

/** A stream can be read once, and fixing reads the project again. */
function readOnce(read: () => Promise<Uint8Array>): () => Promise<Uint8Array> {
  let reading: Promise<Uint8Array> | undefined
  return async () => await (reading ??= read())
}
