import { VolError } from '../errors.ts'
import { isAlive, type NewVolume } from '../facts.ts'
import type { FoundCluster } from '../migrate/cluster-facts.ts'
import type { MigrationFinding } from '../migrate/finding.ts'
import type { Migration } from '../migrate/migration.ts'
import type { MigrationFacts } from '../migrate/observe.ts'
import type { MigrateStep, RehearsalStep } from '../plan/step.ts'
import { humanSize } from '../units.ts'
import { planClone } from './clone.ts'
import { isWriter, listed } from './consistency.ts'
import { chooseMigrationMethod, standsInTheWay, type WantedMethod } from './migration-method.ts'
import { placeFor } from './migration-place.ts'
import { holdToStop } from './restore.ts'
import { planSnapshot } from './snapshot.ts'

export type MigrationWish = {
  readonly method: WantedMethod
  /** The volume that is to get the new cluster; the old one's own when left out. */
  readonly into?: { readonly name: string; readonly exists: boolean } | undefined
  readonly jobs: number
}

/** What is done, in this order. The rehearsal changes nothing; the second is asked about once it is over. */
export type PlannedMigration = {
  readonly steps: readonly [RehearsalStep, MigrateStep]
  readonly migrate: MigrateStep
  /** What the running server has told already, the worst first. */
  readonly findings: readonly MigrationFinding[]
  /** Those of them that stand in the way of what was chosen. */
  readonly blockers: readonly MigrationFinding[]
  readonly notes: readonly string[]
}

/** pg_dump and pg_upgrade go further back; nothing older was tried. */
const oldestMajor = 10

/** Bytes that a new cluster takes however small the old one is. */
const emptyCluster = 64 * 1024 * 1024

/**
 * Plans to bring the cluster of a volume to the version of an image. Fails with MIGRATION_REFUSED where that is known to
 * be impossible from the files alone; what only the server knows, the rehearsal finds.
 */
export function planMigration(facts: MigrationFacts, wish: MigrationWish): PlannedMigration {
  const { observed, to } = facts
  const { name } = observed.volume
  const cluster = onlyCluster(facts)
  const [first] = facts.from.filter(({ image }) => image.major === cluster.major)
  if (first === undefined) throw noOldImage(facts, cluster)
  const { image: from, container } = first
  const mount = container?.mounts.find(({ volume }) => volume === name)
  if (from.id === to.id && wish.method !== 'dump')
    throw refused(`The volume "${name}" is used with the very image ${to.reference} already.`, [
      'Name another image with --to.',
      'Or add --method dump to have the cluster made anew, without bloat.',
    ])
  refuseImpossible(name, cluster, to, mount?.destination)
  const { why, ...chosen } = chooseMigrationMethod(cluster, from, to, {
    method: wish.method,
    findings: facts.findings ?? [],
  })
  refuseTooLarge(facts, chosen.method)
  const chosenDirectory = container?.environment['PGDATA']
  const place = placeFor(
    {
      path: cluster.path,
      mountPath: mount?.destination,
      chosenDirectory: chosenDirectory === from.dataDirectory ? undefined : chosenDirectory,
    },
    to,
  )
  const migration: Migration = {
    observed,
    cluster,
    from,
    to,
    ...chosen,
    place,
    oldMountPath: mount?.destination ?? place.mountPath,
    serverContainer: container,
    jobs: wish.jobs,
  }
  const rehearsal = rehearse(facts, migration, why)
  const migrate = wish.into === undefined ? inPlace(migration) : intoAnother(migration, wish.into)
  const findings = facts.findings ?? []
  return {
    steps: [rehearsal, migrate],
    migrate,
    findings,
    blockers: findings.filter((finding) => standsInTheWay(finding, migration.method)),
    notes: notesOn(facts, migration),
  }
}

/** The step with what the rehearsal has settled: the method, where the first choice was not possible. */
export function afterRehearsal(step: MigrateStep, { method }: Migration): MigrateStep {
  return { ...step, migration: { ...step.migration, method } }
}

/** What is asked before it is done, once it is known how long it takes, in milliseconds. */
export function questionOf({ migration, hold, into }: MigrateStep, downtime: number): string {
  const { observed, to } = migration
  const seconds = Math.max(1, Math.round(downtime / 1000))
  const about = seconds < 120 ? `${seconds} seconds` : `${Math.round(seconds / 60)} minutes`
  const names = hold.containers.map(({ name }) => `"${name}"`).join(', ')
  const one = hold.containers.length === 1
  const who = `${one ? 'Container' : 'Containers'} ${names}`
  if (into !== undefined)
    return `${who} will be stopped while the volume "${observed.volume.name}" is copied, and started again. Continue?`
  const stops =
    names === ''
      ? ''
      : ` ${who} will be stopped for it, and can be started again with ${to.reference} after about ${about}.`
  return `The contents of the volume "${observed.volume.name}" will be replaced by the migrated database.${stops} Continue?`
}

function rehearse(facts: MigrationFacts, migration: Migration, why: string): RehearsalStep {
  const [take] = planSnapshot([facts.observed], { consistency: 'auto' }).steps
  if (take?.do !== 'snapshot' && take?.do !== 'snapshot-native' && take?.do !== 'snapshot-held')
    throw new Error('no snapshot was planned')
  return { do: 'rehearse-migration', migration, take, why }
}

/** Nobody may use the volume from the copy to the switch; and then only with the new image. */
function inPlace(migration: Migration): MigrateStep {
  const { observed, to } = migration
  const running = observed.consumers.filter(isAlive)
  const names = listed(running)
  const kept = 'what it holds now is kept for docker vol undo'
  const hold = holdToStop(observed.volume.name, running, {
    writes: true,
    why:
      running.length === 0 ? 'nothing that runs uses it' : `${names} must not write what the copy would lack`,
    each: `until its image is ${to.reference}; with the old one it cannot use the new files`,
  })
  return { do: 'migrate', migration, hold: { ...hold, stays: true }, why: `${hold.why}; ${kept}` }
}

/** The volume itself stays as it is, and its containers go on as soon as it is copied. */
function intoAnother(
  migration: Migration,
  { name, exists }: { readonly name: string; readonly exists: boolean },
): MigrateStep {
  const { observed } = migration
  const into = newVolume(observed, name, exists)
  const writers = observed.consumers.filter((container) => isWriter(container, observed.volume.name))
  const hold = holdToStop(observed.volume.name, writers, {
    writes: false,
    why:
      writers.length === 0
        ? 'nothing that runs can write it'
        : `${listed(writers)} must not write it while it is copied`,
    each: 'until the volume is copied',
  })
  const why = `the volume ${observed.volume.name} stays as it is; ${hold.why}`
  return { do: 'migrate', migration, into, hold, why }
}

function newVolume(observed: Migration['observed'], name: string, exists: boolean): NewVolume {
  const [step] = planClone(observed, name, exists, { consistency: 'live' }).steps
  if (step?.do !== 'clone' || step.make === undefined) throw new Error('a new volume was not planned')
  return step.make
}

function onlyCluster({ observed, clusters }: MigrationFacts): FoundCluster {
  const { name } = observed.volume
  const [cluster, other] = clusters
  if (cluster === undefined)
    throw refused(`The volume "${name}" holds no Postgres cluster that can be migrated.`, [
      `docker vol inspect ${name} shows what is known of it.`,
    ])
  if (other !== undefined)
    throw refused(
      `The volume "${name}" holds several Postgres clusters: ${clusters.map(({ path, major }) => `${major} in ${path}`).join(', ')}.`,
      ['Move the ones that are not used out of it, then try again.'],
    )
  return cluster
}

function refuseImpossible(
  name: string,
  cluster: FoundCluster,
  to: Migration['to'],
  mountPath: string | undefined,
): void {
  const { major, path, isStandby, walDirectory, tablespaces } = cluster
  if (major > to.major)
    throw refused(
      `The volume "${name}" holds Postgres ${major}; ${to.reference} is ${to.version}, and nothing leads back to an older version.`,
      [`Name an image of Postgres ${major} or later with --to.`],
    )
  if (major < oldestMajor)
    throw refused(`The volume "${name}" holds Postgres ${major}; migrations begin with ${oldestMajor}.`, [
      'Dump it with pg_dumpall, and load that into a new cluster.',
    ])
  // It was escaped for printing, and names patterns of find.
  if (!/^[\w.-]+(\/[\w.-]+)*$/.test(path))
    throw refused(`The cluster in "${name}" lies in ${path}, a name that a migration cannot take.`, [
      'Move it into a directory of letters and digits, then try again.',
    ])
  if (isStandby)
    throw refused(`The cluster in "${name}" is a standby, which follows another server.`, [
      'Migrate the primary, or promote this one first.',
    ])
  if (walDirectory !== undefined)
    throw refused(`The WAL of the cluster in "${name}" lies outside of it, in ${walDirectory}.`, [
      'Move it into the data directory, as pg_wal, while the server is stopped.',
    ])
  const outside = tablespaces.filter((place) => mountPath === undefined || !place.startsWith(`${mountPath}/`))
  if (outside.length > 0)
    throw refused(`Tablespaces of the cluster lie outside of the volume "${name}": ${outside.join(', ')}.`, [
      'ALTER DATABASE … SET TABLESPACE, ALTER TABLE … SET TABLESPACE: move what is in them into the volume first.',
    ])
}

/** The copy, and for a dump the new cluster beside it. More is needed where files cannot share their blocks. */
function refuseTooLarge({ observed, bytes, freeBytes }: MigrationFacts, method: Migration['method']): void {
  const needed = bytes * (method === 'dump' ? 2 : 1) + emptyCluster
  if (freeBytes < needed)
    throw new VolError(
      'NO_SPACE',
      `A migration of "${observed.volume.name}" works on a copy, which needs at least ${humanSize(needed)}; ${humanSize(freeBytes)} are free.`,
    )
}

function notesOn({ observed, bytes, freeBytes }: MigrationFacts, { cluster }: Migration): readonly string[] {
  const running = observed.consumers.some(isAlive)
  return [
    ...(freeBytes < bytes * 2 + emptyCluster
      ? [
          `${humanSize(freeBytes)} are free, and the volume has ${humanSize(bytes)}: that may not be enough for the copy and the new cluster.`,
        ]
      : []),
    ...(cluster.shutDown || running
      ? []
      : [
          'Its server was not shut down cleanly when it last ran: the copy recovers first, as the server would have at its next start.',
        ]),
  ]
}

function noOldImage({ observed }: MigrationFacts, { major }: FoundCluster): VolError {
  return new VolError(
    'IMAGE_NOT_FOUND',
    `No image with Postgres ${major} is here, with which the volume "${observed.volume.name}" was used.`,
    { suggestions: [`docker pull postgres:${major}, then try again.`, 'Or name the old image with --from.'] },
  )
}

function refused(message: string, suggestions: readonly string[]): VolError {
  return new VolError('MIGRATION_REFUSED', message, { suggestions })
}
