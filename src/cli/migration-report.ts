import type { MigrationFinding } from '../migrate/finding.ts'
import type { Timing, Tried } from '../migrate/build-and-boot.ts'
import type { Migration } from '../migrate/migration.ts'
import type { Migrated } from '../migrate/migrate.ts'
import type { Rehearsed } from '../migrate/rehearse.ts'
import { formatReference } from '../snapshots/reference.ts'
import type { Outcome } from '../plan/execute.ts'
import type { ContainerChanges } from '../migrate/compose-change/for-migration.ts'
import { describeDifference } from '../migrate/prove/describe.ts'
import type { CommandContext } from './context.ts'
import { diffsOf, leftByHand, notesOn, upComposeServices, writeComposeChanges } from './migration-compose.ts'
import { reportJson } from './report.ts'
import { safeText } from './safe-text.ts'
import { counted, humanDuration } from './units.ts'

type ReportFlags = {
  readonly format: 'table' | 'json'
  readonly quiet: boolean
  readonly rehearse: boolean
  readonly 'write-compose': boolean
  readonly up: boolean
}

/** Reports a migration as it goes on: what the rehearsal has shown, what was done, and what is left for the user. */
export function migrationReport(context: CommandContext, flags: ReportFlags, changes: ContainerChanges) {
  const { terminal } = context
  const { format, quiet } = flags
  const json: Record<string, unknown> = {}
  let migrated: Migrated | undefined
  const say = (text: string) => {
    if (!quiet) terminal.err(safeText(text))
  }
  /** What a rehearsal alone shows is its result. */
  const result = async (text: string) => {
    if (quiet) return
    if (flags.rehearse && format !== 'json') await terminal.out(safeText(text))
    else say(text)
  }
  return {
    async tell(outcome: Outcome): Promise<void> {
      if (outcome.did === 'rehearsed') {
        const { rehearsed } = outcome
        await result(rehearsalAsText(rehearsed))
        if (quiet && flags.rehearse) await terminal.out(`${formatReference(rehearsed.snapshot)}\n`)
        if (flags.rehearse) Object.assign(json, rehearsalAsJson(rehearsed))
        else json['Rehearsal'] = rehearsalAsJson(rehearsed)
      }
      if (outcome.did === 'migrated') {
        ;({ migrated } = outcome)
        Object.assign(json, migrationAsJson(migrated))
        if (format !== 'json') await terminal.out(`${migrated.volume}\n`)
        say(migrationAsText(migrated))
        for (const warning of migrated.warnings) say(`Warning: ${warning}\n`)
      }
    },
    /** What the running server has told, for a dry run. */
    async showFindings(findings: readonly MigrationFinding[]): Promise<void> {
      if (format !== 'json') await terminal.out(safeText(findingsAsText(findings)))
      else for (const finding of findings) await reportJson(terminal, { Finding: findingAsJson(finding) })
    },
    /** What the Compose files would be. */
    async showChanges(): Promise<void> {
      if (format === 'json' || quiet) return
      await terminal.out(safeText(diffsOf(changes)))
      for (const line of [...leftByHand(changes), ...notesOn(changes)]) say(`${line}\n`)
    },
    /** Changes the Compose files where that was asked for, and says what is left to be done. */
    async finish(): Promise<void> {
      const failures =
        migrated !== undefined && flags['write-compose'] ? await writeComposeChanges(context, changes) : []
      const left = [...failures, ...leftByHand(changes)]
      const diff = diffsOf(changes)
      const isWritten = migrated !== undefined && flags['write-compose'] && failures.length === 0
      if (format === 'json')
        await reportJson(terminal, {
          ...json,
          Compose: { Diff: diff, Written: isWritten, ByHand: left, Notes: notesOn(changes) },
        })
      if (migrated === undefined) {
        if (diff !== '') await result(`For the new version the Compose files change:\n${diff}`)
        for (const line of [...left, ...notesOn(changes)]) say(`${line}\n`)
        return
      }
      for (const warning of failures) say(`Warning: ${warning}\n`)
      // With the change, so that it can be taken back by hand after an undo.
      if (isWritten && diff !== '') say(`Changed ${filesOf(changes).join(', ')}:\n${diff}`)
      else if (diff !== '') say(`To run the new version, change the Compose files:\n${diff}`)
      for (const line of left) if (!failures.includes(line)) say(`${line}\n`)
      for (const note of notesOn(changes)) say(`Note: ${note}\n`)
      if (flags.up && failures.length === 0) await upComposeServices(context, changes)
      else say(nextSteps(migrated, changes))
    },
  }
}

function filesOf({ proposals }: ContainerChanges): readonly string[] {
  return proposals.flatMap((proposal) => proposal.changes.map(({ name }) => name))
}

/** How the containers come up again. */
function nextSteps({ stopped, volume, migration }: Migrated, { proposals }: ContainerChanges): string {
  const left =
    stopped.length === 0 ? '' : `${stopped.join(', ')} stays stopped: its image cannot use the new files.\n`
  const up = proposals.map(
    ({ origin }) => `docker compose -p ${origin.project} up -d ${origin.services.join(' ')}`,
  )
  const then =
    up.length > 0
      ? `Then: ${up.join('; ')}\n`
      : `Then run a container of ${migration.to.reference} with the volume ${volume} at ${migration.place.mountPath}.\n`
  return left + then
}

const methods = { upgrade: 'pg_upgrade', dump: 'dump and restore' } as const

const logins: Readonly<Record<Tried['booted']['login'], string>> = {
  password: 'the application’s user logged in over TCP with its password',
  trusted: 'the application’s user logged in over TCP; it was not asked for a password',
  refused: 'a login over TCP as the application’s user was refused',
}

/** What a rehearsal has shown, as people read it. */
export function rehearsalAsText({ migration, snapshot, findings, tried }: Rehearsed): string {
  const kept = `  Snapshot ${formatReference(snapshot)} was taken for it, and stays`
  const lines =
    tried === undefined
      ? [`${titleOf(migration)}: not possible`, kept]
      : [
          `${titleOf(migration)}: rehearsed on a copy`,
          ...triedLines(tried),
          kept,
          `  Expected downtime: about ${humanDuration(tried.downtime)}`,
        ]
  return `${lines.join('\n')}\n${findingsAsText(findings)}`
}

/** What was done, as people read it. */
export function migrationAsText(migrated: Migrated): string {
  const { migration, downtime, undoCopy, volume } = migrated
  const undo =
    undoCopy === undefined
      ? []
      : [`  What was there is kept as ${formatReference(undoCopy)}; docker vol undo ${volume} brings it back`]
  return [
    `${titleOf(migration)}: done`,
    ...triedLines(migrated),
    `  Downtime: ${humanDuration(downtime)}`,
    ...undo,
    '',
  ].join('\n')
}

function titleOf({ observed, from, to, method }: Migration): string {
  return `${observed.volume.name}: Postgres ${from.version} to ${to.version} by ${methods[method]}`
}

/** Tables that are named when their rows are, rightly so, not what they were. */
const mostTables = 10

function triedLines({ booted, built, proof, timings }: Tried): readonly string[] {
  const { tables, facts, pages, legitimate, notCompared } = proof
  const otherRows = legitimate.filter(({ kind }) => kind === 'rows')
  const reasons = new Set(legitimate.flatMap((each) => each.legitimate?.reason ?? []))
  return [
    `  Compared: the rows of ${counted(tables, 'table', 'tables')} and ${counted(facts - tables, 'other thing', 'other things')}, equal${reasons.size === 0 ? '' : ' but for what follows'}; ${pages}`,
    ...[...reasons].map((reason) => `  Not as it was, and rightly so: ${reason}`),
    ...otherRows.slice(0, mostTables).map((each) => `    ${describeDifference(each)}`),
    ...notCompared.map((what) => `  Not compared: ${what}`),
    `  Started by the image's own entrypoint: ${logins[booted.login]}`,
    ...[...built.notes, ...booted.notes].map((note) => `  Note: ${note}`),
    `  ${timings.map(({ phase, milliseconds }) => `${phase} ${humanDuration(milliseconds)}`).join(', ')}`,
  ]
}

/** Findings as people read them: what there is, and its cure below. */
export function findingsAsText(findings: readonly MigrationFinding[]): string {
  return findings
    .map(({ severity, id, database, message, cure }) => {
      const where = database === undefined ? '' : `in "${database}": `
      const help = (cure ?? '').split('\n').map((line) => `    ${line}\n`)
      return `  ${severity} (${id}): ${where}${message}\n${cure === undefined ? '' : help.join('')}`
    })
    .join('')
}

/** What scripts get of a rehearsal. */
export function rehearsalAsJson({
  migration,
  snapshot,
  findings,
  tried,
}: Rehearsed): Record<string, unknown> {
  return {
    ...migrationFacts(migration),
    Possible: tried !== undefined,
    Snapshot: formatReference(snapshot),
    Findings: findings.map((finding) => findingAsJson(finding)),
    ...(tried === undefined
      ? {}
      : { ExpectedDowntimeSeconds: seconds(tried.downtime), ...triedAsJson(tried) }),
  }
}

/** What scripts get of a finding. */
export function findingAsJson({ id, severity, blocks, database, message, cure }: MigrationFinding): unknown {
  return {
    ID: id,
    Severity: severity,
    Blocks: severity === 'blocker' ? (blocks ?? ['upgrade', 'dump']) : [],
    Database: database ?? null,
    Message: message,
    Cure: cure ?? null,
  }
}

/** What scripts get of a migration that is done. */
export function migrationAsJson(migrated: Migrated): Record<string, unknown> {
  return {
    ...migrationFacts(migrated.migration),
    Into: migrated.volume,
    UndoCopy: migrated.undoCopy === undefined ? null : formatReference(migrated.undoCopy),
    Stopped: migrated.stopped,
    DowntimeSeconds: seconds(migrated.downtime),
    ...triedAsJson(migrated),
    Warnings: migrated.warnings,
  }
}

function migrationFacts({ observed, from, to, method, place }: Migration): Record<string, unknown> {
  return {
    Volume: observed.volume.name,
    From: { Image: from.reference, Version: from.version },
    To: { Image: to.reference, Version: to.version },
    Method: method,
    MountPath: place.mountPath,
    DataDirectory: place.dataDirectory,
  }
}

function triedAsJson({ booted, built, proof, timings }: Tried): Record<string, unknown> {
  return {
    Compared: {
      Tables: proof.tables,
      Facts: proof.facts,
      Pages: proof.pages,
      NotCompared: proof.notCompared,
    },
    Legitimate: proof.legitimate.map((each) => describeDifference(each)),
    Login: booted.login,
    Notes: [...built.notes, ...booted.notes],
    Timings: timings.map((timing) => timingAsJson(timing)),
  }
}

function timingAsJson({ phase, milliseconds }: Timing): unknown {
  return { Phase: phase, Seconds: seconds(milliseconds) }
}

function seconds(milliseconds: number): number {
  return Math.round(milliseconds / 100) / 10
}
