import type { Container } from '../../facts.ts'
import type { Cluster, MigrationMethod } from '../cluster.ts'
import type { MigrationFinding } from '../finding.ts'
import type { PostgresImage } from '../migration.ts'
import { askServer, type AskedServer } from './ask.ts'
import { askTarget } from './ask-target.ts'
import type { Check, Majors, Seen } from './check.ts'
import { checks } from './checks/index.ts'
import { librariesIn } from './checks/extensions.ts'
import { queriesFor } from './queries.ts'
import { settingsInForce, settingsOfFiles, type Setting } from './settings.ts'
import type { TargetFacts } from './target-facts.ts'
import type { Programs } from './programs.ts'
import { rehearseSchema } from './rehearse-schema.ts'
import { withThrowAwayServer, type ThrowAwayRequest } from './throw-away.ts'
import { tryInTarget, type ToTry } from './try-in-target.ts'

export type PreflightContext = {
  readonly cluster: Cluster
  /** The target image. */
  readonly to: Pick<PostgresImage, 'major' | 'libc' | 'dataDirectory'>
  /** Where programs of the target image run: the old server itself when it is a copy, `withPrograms` otherwise. */
  readonly programs: Programs
  /** Whether `server.shell` has those programs, too, and so can dump for the target: then the schema is rehearsed. */
  readonly rehearse: boolean
  /** A directory there with room for the schemas of all databases, where that is not their own. */
  readonly place?: string
  /** The volume by its own name, whatever the copy is called, and the containers that mount it. */
  readonly volume: string
  readonly consumers: readonly Container[]
  /** Where `pg_wal` lies when it is a link (`walDirectory` of what the files say). */
  readonly walDirectory?: string
}

/**
 * Everything that is known to stand in the way of a migration, or to change with it, the blockers first. Asks the old
 * server, which may be at work or a copy, and changes nothing there. Fails with FAILED when it does not answer, or no
 * server of the target starts.
 */
export async function preflight(
  server: AskedServer,
  context: PreflightContext,
): Promise<readonly MigrationFinding[]> {
  const { cluster, to, programs, place, volume, consumers, walDirectory } = context
  const majors = { from: server.major, to: to.major }
  const answers = await askServer(server, queriesFor(majors), majors)
  const rows = (query: string) => answers.get(query) ?? []
  const request: ThrowAwayRequest = {
    installUser: server.installUser,
    settings: settingsForExtensions(settingsInForce({ rows, cluster })),
    ...(place === undefined ? {} : { place }),
  }
  return await withThrowAwayServer(programs, request, async (target) => {
    const facts = await askTarget(target, to)
    const tried = await tryInTarget(target, toTry({ rows, cluster }, facts))
    const seen = { majors, cluster, walDirectory, volume, consumers, target: facts, rows, tried }
    const found = findingsOf(checks, seen)
    const older = majors.to < majors.from
    const refused = context.rehearse && !older ? await rehearseSchema(server, target) : []
    return inOrder([...found, ...unexplained(refused, found)])
  })
}

/** What checks find, the blockers first. Pure. */
export function findingsOf(all: readonly Check[], seen: Seen): readonly MigrationFinding[] {
  const found = all.flatMap((check) => {
    const { id, severity, blocks } = check
    if (!appliesTo(check, seen.majors)) return []
    return check
      .find(seen, seen.rows(id))
      .map((one): MigrationFinding => ({ id, severity, ...(blocks === undefined ? {} : { blocks }), ...one }))
  })
  return inOrder(found)
}

/** What the rehearsal refused and no check has explained already. Pure. */
export function unexplained(
  refused: readonly MigrationFinding[],
  found: readonly MigrationFinding[],
): readonly MigrationFinding[] {
  return refused.filter(({ id, database }) => {
    if (id === 'definition-refused') return true
    // No program of Postgres hands on such a name.
    const cause = id === 'schema-not-dumped' ? 'newline-in-name' : id
    return !found.some(
      (one) => one.id === cause && stands(one, 'dump') && (one.database ?? database) === database,
    )
  })
}

function inOrder(findings: readonly MigrationFinding[]): readonly MigrationFinding[] {
  return findings.toSorted((one, other) => rank[one.severity] - rank[other.severity])
}

const rank = { blocker: 0, warning: 1, note: 2 } as const

function appliesTo({ applies }: Check, majors: Majors): boolean {
  return applies === undefined || applies(majors)
}

/** The methods that no blocker stands in the way of, the quicker one first. Pure. */
export function methodsLeft(findings: readonly MigrationFinding[]): readonly MigrationMethod[] {
  const methods = ['upgrade', 'dump'] as const
  return methods.filter((method) => !findings.some((finding) => stands(finding, method)))
}

/** Whether a finding ends a migration by this method. */
export function stands({ severity, blocks }: MigrationFinding, method: MigrationMethod): boolean {
  return severity === 'blocker' && (blocks === undefined || blocks.includes(method))
}

/** Libraries, settings and locales of the old server that the target must show to take. Pure. */
export function toTry(
  { rows, cluster }: Pick<Seen, 'rows' | 'cluster'>,
  target: Pick<TargetFacts, 'settings'>,
): ToTry {
  const inForce = settingsInForce({ rows, cluster })
  const preloaded = ['shared', 'session', 'local'].flatMap((when) =>
    librariesIn(inForce.get(`${when}_preload_libraries`) ?? '').filter((name) => name.includes('/')),
  )
  const libraries = rows('missing-library').map(({ library = '' }) => library)
  const locales = rows('databases')
    .filter(({ provider }) => provider !== 'b')
    .flatMap(({ collate = '', ctype = '' }) => [collate, ctype])
  return {
    libraries: [...new Set([...libraries, ...preloaded])],
    settings: settingsOfFiles(rows('file-settings')).filter(
      ({ name }) => !ofThisServer.test(name) && target.settings.has(name.toLowerCase()),
    ),
    locales: [...new Set(locales)].filter((locale) => locale !== ''),
  }
}

/** Settings of files and places, which are not the target's. */
const ofThisServer = /^(?:data_directory|config_file|hba_file|ident_file|external_pid_file)$/i

/** Settings with which a throw-away server of the target has the libraries that extensions want from the start. */
export function settingsForExtensions(inForce: ReadonlyMap<string, string>): readonly Setting[] {
  return [...inForce]
    .filter(([name]) => name.includes('.') || name === 'shared_preload_libraries')
    .map(([name, value]) => ({ name, value }))
}
