import type { DatabaseFacts } from '../facts.ts'
import { known, latin1, shown } from './bytes.ts'
import type { Database, DatabaseImage, Environment } from './database.ts'
import { directoriesWith, fileIn, filesIn, pathIn, type Look } from './look.ts'
import { catalogBytes, readPostgresLocale, type PostgresLocale } from './postgres-catalog.ts'
import { controlBytes, readPostgresControl } from './postgres-control.ts'

/**
 * Postgres. Its data directory has `PG_VERSION` and `global/pg_control`, wherever the image puts it: the root of the
 * volume, `18/docker` since the official images of 18, `data` in Bitnami's and timescaledb-ha's.
 */
export const postgres: Database = {
  markers: [
    { pattern: 'PG_VERSION', read: 16 },
    { pattern: '*/global/pg_control', read: controlBytes },
    { pattern: '*/global/1262', read: catalogBytes },
    { pattern: 'postmaster.opts', read: 1024 },
    { pattern: 'postmaster.pid', read: 0 },
    { pattern: 'backup_label', read: 0 },
    { pattern: 'standby.signal', read: 0 },
    { pattern: 'recovery.signal', read: 0 },
    { pattern: 'recovery.conf', read: 0 },
    { pattern: 'pg_wal', read: 0 },
    { pattern: '*/pg_tblspc/[0-9]*', read: 0 },
  ],
  fromFiles: (look) =>
    directoriesWith(look, 'PG_VERSION')
      // Every database in a cluster has a PG_VERSION of its own.
      .filter((directory) => fileIn(look, directory, 'global/pg_control') !== undefined)
      .map((directory) => clusterIn(look, directory)),
  images: [official()],
}

/** Named at most. */
const mostTablespaces = 20

function clusterIn(look: Look, directory: string): DatabaseFacts {
  const version = /^(\d{1,2}(?:\.\d{1,2})?)\n/.exec(latin1(fileIn(look, directory, 'PG_VERSION')?.start))?.[1]
  const major = Number.parseInt(version ?? '', 10)
  const control = readPostgresControl(fileIn(look, directory, 'global/pg_control')?.start)
  const locale = readPostgresLocale(fileIn(look, directory, 'global/1262')?.start, major)
  const wal = fileIn(look, directory, 'pg_wal')
  const tablespaces = filesIn(look, pathIn(directory, 'pg_tblspc')).map(([, { target }]) => shown(target))
  const program = programOf(latin1(fileIn(look, directory, 'postmaster.opts')?.start))
  const uid = fileIn(look, directory, 'PG_VERSION')?.uid
  const isThere = (name: string) => (fileIn(look, directory, name) === undefined ? undefined : 'there')
  return {
    kind: 'postgres',
    ...(version === undefined ? {} : { version }),
    path: shown(directory),
    recognisedBy: 'files',
    details: known({
      systemIdentifier: control?.systemIdentifier,
      state: control?.state ?? 'unknown: pg_control is damaged, or of a version that is not known',
      checkpoint: control?.checkpoint,
      checkpointRedo: control?.checkpointRedo,
      checkpointTime: control?.checkpointTime.toISOString(),
      timeline: control?.timeline.toString(),
      minimumRecoveryEnd: control?.minimumRecoveryEnd,
      checksums: control && checksums(control.checksumVersion),
      controlVersion: control?.controlVersion.toString(),
      catalogVersion: control?.catalogVersion.toString(),
      walLevel: control?.walLevel,
      walSegmentBytes: control?.walSegmentBytes.toString(),
      blockBytes: control?.blockBytes.toString(),
      encoding: locale?.encoding,
      localeProvider: locale?.provider,
      collate: locale && shown(locale.collate),
      ctype: locale && shown(locale.ctype),
      locale: locale?.locale && shown(locale.locale),
      collationVersion: locale?.collationVersion && shown(locale.collationVersion),
      libc: libcOf(major, locale, program, uid),
      provenance: provenanceOf(program, uid),
      program: program && shown(program),
      owner: uid?.toString(),
      postmasterPid: isThere('postmaster.pid'),
      backupLabel: isThere('backup_label'),
      standbySignal: isThere('standby.signal'),
      recoverySignal: isThere('recovery.signal') ?? isThere('recovery.conf'),
      walDirectory: wal?.type === 'l' ? shown(wal.target) : undefined,
      tablespaces: tablespaces.length > 0 ? tablespaces.slice(0, mostTablespaces).join(', ') : undefined,
    }),
  }
}

/** 19 has further ones for checksums that are being switched on or off. */
function checksums(version: number): string {
  return ['off', 'on'][version] ?? `unknown version ${version}`
}

/** `postmaster.opts` begins with the path of the program that was last started (postmaster.c, CreateOptsFile). */
function programOf(options: string): string | undefined {
  return /^(\/[^\n"]*?)(?: "|\n)/.exec(options)?.[1]
}

/** Where each image has its programs; and a user ID that only Alpine gives to Postgres. */
const provenances: readonly { readonly name: string; readonly program: RegExp; readonly uid?: number }[] = [
  { name: 'Bitnami', program: /^\/opt\/bitnami\// },
  { name: 'Alpine', program: /^\/usr\/local\/bin\//, uid: 70 },
  { name: 'Debian', program: /^\/usr\/lib\/postgresql\// },
]

/** Which image ran it last. When it was never run, as after a base backup, its owner may tell. */
function provenanceOf(program: string | undefined, uid: number | undefined): string | undefined {
  const found =
    program === undefined
      ? provenances.find((one) => one.uid !== undefined && one.uid === uid)
      : provenances.find((one) => one.program.test(program))
  return found?.name
}

/**
 * The C library that the cluster was made with: it decides how text sorts. musl has no versions of collations, so
 * that one of glibc's own locales without a version was made on musl (since 15, which records them). Before, only
 * the program that ran last tells.
 */
function libcOf(
  major: number,
  locale: PostgresLocale | undefined,
  program: string | undefined,
  uid: number | undefined,
): string | undefined {
  if (major >= 15 && locale?.provider === 'libc' && !/^(?:C|POSIX)(?:\.|$)/.test(locale.collate))
    return locale.collationVersion === undefined ? 'musl' : `glibc ${shown(locale.collationVersion)}`
  const provenance = provenanceOf(program, uid)
  return provenance === undefined ? undefined : provenance === 'Alpine' ? 'musl' : 'glibc'
}

/** docker-library/postgres and what is built on it, Bitnami's and timescaledb-ha. */
function official(): DatabaseImage {
  return {
    kind: 'postgres',
    names: [
      'postgres',
      'postgresql',
      'postgis',
      'pgvector',
      'timescaledb',
      'timescaledb-ha',
      'pgvecto-rs',
      'vchord-postgres',
    ],
    variables: ['PG_MAJOR'],
    version: (environment, tag) =>
      digits(environment('PG_MAJOR')) ??
      (environment('BITNAMI_APP_NAME') === 'postgresql' ? digits(environment('APP_VERSION')) : undefined) ??
      /(?:^|-)pg(\d+)/.exec(tag)?.[1] ??
      digits(tag),
    directories: dataDirectories,
    filesFromTheStart: true,
  }
}

function dataDirectories(environment: Environment, version: string | undefined): readonly string[] {
  const major = Number.parseInt(version ?? '', 10)
  const given = environment('PGDATA') ?? environment('POSTGRESQL_DATA_DIR')
  if (given !== undefined) return [given]
  return [
    // Where the official images have it since 18 (docker-library/postgres, pull request 1259).
    ...(major >= 18 ? [`/var/lib/postgresql/${major}/docker`] : ['/var/lib/postgresql/data']),
    '/bitnami/postgresql/data',
    '/home/postgres/pgdata/data',
  ]
}

function digits(text: string | undefined): string | undefined {
  return /^(\d{1,2})(?:\D|$)/.exec(text ?? '')?.[1]
}
