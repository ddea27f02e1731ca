import { changedIn, type Check, type Row, type Seen } from '../check.ts'
import { byDatabase, listed, objectsOfDatabases } from '../objects.ts'
import { firstUserObject } from '../type-queries.ts'
import { settingsOfArguments, settingsOfFiles } from '../settings.ts'

/** Extensions that Postgres itself had and gave up: there is nothing to install. */
const gone: readonly { readonly name: string; readonly since: number }[] = [
  { name: 'tsearch2', since: 10 },
  { name: 'chkpass', since: 11 },
  { name: 'timetravel', since: 12 },
  { name: 'adminpack', since: 17 },
]

/** Names the check of Python 2 speaks of. */
const python2 = /^plpython(?:2u|u)$/

/** Extensions and libraries: whether the target image has them. */
export const extensionChecks: readonly Check[] = [
  {
    id: 'missing-extension',
    severity: 'blocker',
    summary: 'Extensions that the target image does not have',
    doc: `Neither method can create an extension that is not installed. Use an image that has it (\`postgis/postgis\`,
\`pgvector/pgvector\`, one of your own), or drop it. \`adminpack\` and some older ones are gone from Postgres itself and
can only be dropped.`,
    query: {
      of: 'database',
      sql: () => `select extname as name, extversion as version from pg_extension order by 1`,
    },
    find: ({ target, majors }, own) =>
      own.flatMap(({ database = '', name = '', version = '' }) => {
        if (target.extensions.has(name) || python2.test(name)) return []
        const removed = gone.some((one) => one.name === name && majors.to >= one.since)
        const drop = `DROP EXTENSION ${quoted(name)};`
        return [
          {
            database,
            message: removed
              ? `Postgres has no extension ${name} any more.`
              : `The target image does not have the extension ${name} (${version}).`,
            cure: removed ? drop : `${drop} -- or use an image that has it`,
          },
        ]
      }),
  },
  {
    id: 'extension-version',
    severity: 'warning',
    summary: 'Extensions whose installed version the target does not know',
    doc: `pg_upgrade keeps the version of an extension, and the target must be able to go on from there. Some (TimescaleDB,
PostGIS) want the very same version on both sides: update the extension in the old server first. A dump creates the
target's own version instead.`,
    find: ({ target, rows }) =>
      rows('missing-extension').flatMap(({ database = '', name = '', version = '' }) => {
        const offered = target.extensions.get(name)
        if (offered === undefined || target.extensionVersions.has(`${name}=${version}`)) return []
        return [
          {
            database,
            message: `The target has ${name} ${offered} and does not know version ${version}.`,
            cure: `ALTER EXTENSION ${quoted(name)} UPDATE; -- in the old server`,
          },
        ]
      }),
  },
  {
    id: 'missing-library',
    severity: 'blocker',
    summary: 'Functions in C whose library the target image cannot load',
    doc: `pg_upgrade loads every library that functions are in, under the same name; a dump needs those of functions that
belong to no extension. Use an image that has the library, or drop the functions.`,
    query: {
      of: 'database',
      sql: () => `
select p.probin as library, bool_and(e.objid is not null) as "ofExtension", min(p.oid::regprocedure::text) as example
from pg_proc p join pg_language l on l.oid = p.prolang and l.lanname = 'c'
  left join pg_depend e on e.classid = 'pg_proc'::regclass and e.objid = p.oid and e.deptype = 'e'
where p.probin is not null and p.oid >= ${firstUserObject} group by 1 order by 1`,
    },
    find: (seen, own) => [
      ...missing(seen, own, 'false', {}),
      // The extension itself is reported where it is missing as a whole.
      ...missing(seen, own, 'true', { blocks: ['upgrade'] }),
    ],
  },
  {
    id: 'missing-preload-library',
    severity: 'blocker',
    summary: 'Libraries that the server loads when it starts, and the target image does not have',
    doc: `A server does not start when a library of \`shared_preload_libraries\` is not there, and lets nobody in without
those of \`session_preload_libraries\` and \`local_preload_libraries\`. Use an image that has it, or take it out of the
setting. One in \`shared_preload_libraries\` in the configuration files is taken out of the new cluster's, which is only
a warning.`,
    find: (seen) => {
      const files = new Map(
        settingsOfFiles(seen.rows('file-settings')).map(({ name, value }) => [name.toLowerCase(), value]),
      )
      const commandLine = new Map(
        settingsOfArguments(seen.cluster.serverArguments).map(({ name, value }) => [name, value]),
      )
      return ['shared_preload_libraries', 'session_preload_libraries', 'local_preload_libraries'].flatMap(
        (name) => {
          const onCommandLine = commandLine.has(name)
          const libraries = librariesIn(commandLine.get(name) ?? files.get(name) ?? '')
          const lacking = libraries.filter((library) => !isThere(seen, library))
          const isLeftOut = name === 'shared_preload_libraries' && !onCommandLine
          return lacking.length === 0
            ? []
            : [
                {
                  ...(isLeftOut ? { severity: 'warning' as const } : {}),
                  message: `The target image has no library ${listed(lacking)}, which ${name} asks for${isLeftOut ? '; it is left out' : ''}.`,
                  cure: `Take ${listed(lacking)} out of ${name}${onCommandLine ? " in the container's command" : ''}, or use an image that has it.`,
                },
              ]
        },
      )
    },
  },
  {
    id: 'extension-restores-itself',
    severity: 'blocker',
    blocks: ['dump'],
    summary: 'TimescaleDB, whose dumps need preparation',
    doc: `A dump of a database with TimescaleDB must be restored between \`timescaledb_pre_restore()\` and
\`timescaledb_post_restore()\`. \`--method upgrade\` needs the same version of TimescaleDB in both images.`,
    find: ({ rows }) =>
      rows('missing-extension')
        .filter(({ name }) => name === 'timescaledb')
        .map(({ database = '' }) => ({
          database,
          message: 'TimescaleDB cannot simply be dumped and restored.',
        })),
  },
  {
    id: 'text-search-by-cluster-locale',
    severity: 'warning',
    summary: 'Indexes for text search where the locale does not come from libc',
    doc: `Since Postgres 18 text search and pg_trgm follow the locale provider of the cluster. Where that is not libc, rebuild
their indexes after an upgrade. A dump builds them anew.`,
    applies: changedIn(18),
    query: {
      of: 'database',
      sql: ({ from }) => `
select distinct c.oid::regclass::text as object, format('REINDEX INDEX %s; -- afterwards', c.oid::regclass) as cure
from pg_index i join pg_class c on c.oid = i.indexrelid join pg_opclass o on o.oid = any (i.indclass::oid[])
where c.relkind = 'i' and c.oid >= ${firstUserObject} and (o.opcname like '%trgm_ops' or o.opcintype = 'tsvector'::regtype)
  and ${from >= 15 ? "exists (select from pg_database where datname = 'template0' and datlocprovider <> 'c')" : 'false'}
order by 1`,
    },
    find: objectsOfDatabases(
      (names) => `Text search in ${names} follows another locale provider in the target.`,
    ),
  },
]

function missing(seen: Seen, own: readonly Row[], ofExtension: string, more: Pick<Check, 'blocks'>) {
  const { tried, target, rows } = seen
  return [...byDatabase(own)].flatMap(([database, all]) => {
    const hasMissingExtension = rows('missing-extension').some(
      (row) => row['database'] === database && !target.extensions.has(row['name'] ?? ''),
    )
    const failed = all.filter(
      (row) => row['ofExtension'] === ofExtension && tried.libraries.has(row['library'] ?? ''),
    )
    if (failed.length === 0 || (ofExtension === 'true' && hasMissingExtension)) return []
    const [{ library = '', example = '' } = {}] = failed
    return [
      {
        ...more,
        database,
        message: `The target cannot load ${listed(failed.map((row) => row['library'] ?? ''))}, which ${example} is in: ${tried.libraries.get(library) ?? ''}`,
      },
    ]
  })
}

/** The libraries that a setting lists, without quotes. */
export function librariesIn(setting: string): readonly string[] {
  return setting
    .split(',')
    .map((name) => name.trim().replace(/^"(.*)"$/, '$1'))
    .filter((name) => name !== '')
}

function isThere({ target, tried }: Seen, library: string): boolean {
  const name = library.replace(/^\$libdir\//, '')
  if (name.includes('/')) return !tried.libraries.has(library)
  return target.libraries.has(name) || target.libraries.has(`${name}.so`)
}

/** An SQL identifier; names of extensions are data of users. */
function quoted(name: string): string {
  return /^[a-z_][a-z0-9_]*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`
}
