import { VolError } from '../../errors.ts'
import type { PostgresImage } from '../migration.ts'
import { asJson } from './ask.ts'
import { collationVersions } from './queries.ts'
import { rowsIn } from './rows.ts'
import type { TargetFacts } from './target-facts.ts'
import type { ThrowAwayServer } from './throw-away.ts'

const questions = [
  asJson('server', `select current_setting('server_version_num') as version, ${collationVersions}`),
  asJson('settings', `select string_agg(name, ',') as names from pg_settings`),
  asJson('extensions', 'select name, default_version as version from pg_available_extensions'),
  asJson('versions', 'select name, version from pg_available_extension_versions'),
  asJson(
    'paths',
    `select name, source as version from pg_available_extensions cross join pg_extension_update_paths(name)
    where path is not null and target = default_version`,
  ),
  asJson(
    'libraries',
    `select file from pg_config cross join pg_ls_dir(setting) file where name = 'PKGLIBDIR'`,
  ),
  asJson(
    'columns',
    `select format('%I.%I.', n.nspname, c.relname) as relation, json_agg(quote_ident(attname))::text as names
    from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
    where c.oid < 16384 and c.relkind in ('r', 'v') and not a.attisdropped group by 1`,
  ),
].join('\n')

const script = `
export PGCLIENTENCODING=UTF8 PGOPTIONS='-c search_path=pg_catalog'
printf '%s\\n' "$1" | psql -XAtqw -d postgres -v ON_ERROR_STOP=1 -f -`

/** Asks a server of the target image what it has. Fails with FAILED when it does not answer. */
export async function askTarget(
  server: ThrowAwayServer,
  { libc, dataDirectory }: Pick<PostgresImage, 'libc' | 'dataDirectory'>,
): Promise<TargetFacts> {
  const { exitCode, stdout, stderr } = await server.shell(script, { arguments: [questions] })
  if (exitCode !== 0)
    throw new VolError('FAILED', 'The server of the target image does not answer.', { output: stderr.trim() })
  const rows = rowsIn(stdout)
  const of = (query: string) => rows.filter((row) => row['query'] === query)
  const [own = {}] = of('server')
  return {
    major: server.major,
    versionNumber: Number(own['version']),
    dataDirectory,
    libc,
    libcVersion: own['libcVersion'],
    icuVersion: own['icuVersion'],
    settings: new Set((of('settings')[0]?.['names'] ?? '').split(',').map((name) => name.toLowerCase())),
    extensions: new Map(of('extensions').map(({ name = '', version = '' }) => [name, version])),
    extensionVersions: new Set(
      [...of('versions'), ...of('paths')].map(({ name = '', version = '' }) => `${name}=${version}`),
    ),
    libraries: new Set(of('libraries').map(({ file = '' }) => file)),
    systemColumns: new Set(
      of('columns').flatMap(({ relation = '', names = '[]' }) => {
        const columns: unknown = JSON.parse(names)
        return Array.isArray(columns) ? columns.map((column) => `${relation}${String(column)}`) : []
      }),
    ),
  }
}
