import { VolError } from '../../errors.ts'
import type { PostgresServer } from '../server.ts'
import type { Majors, Query, Row } from './check.ts'
import { rowsIn } from './rows.ts'

/** What is needed of a server to ask it. */
export type AskedServer = Pick<PostgresServer, 'major' | 'installUser'> & {
  shell(
    text: string,
    options?: { readonly arguments?: readonly string[] },
  ): ReturnType<PostgresServer['shell']>
}

/**
 * `$1` is asked once, `$2` in every database that lets one in. The names of databases stay out of `-d`, which would
 * read them as connection strings. Nothing is written, and nobody's lock is waited for long.
 */
const askScript = `
export PGCLIENTENCODING=UTF8
export PGOPTIONS='-c search_path=pg_catalog -c default_transaction_read_only=on -c lock_timeout=10s -c statement_timeout=0 -c client_min_messages=error -c lc_messages=C'
exec 3>&1
ask() { printf '%s\\n' "$2" | PGDATABASE=$1 psql -XAtqw -v ON_ERROR_STOP=1 -f -; }
# Its answer goes out, its complaints are kept: nothing is written to a container that may be read-only.
keep() { said=$({ ask "$@" >&3; } 2>&1); }
home=postgres
ask postgres 'select' >/dev/null 2>&1 || home=template1
keep "$home" "$1" || { printf '%s\\n' "$said" >&2; exit 1; }
ask "$home" "select datname from pg_database where datallowconn and datconnlimit <> -2 and datname !~ '[\\n\\r]' order by 1" |
  while IFS= read -r database; do
    keep "$database" "$2" || printf '! %s\\t%s\\n' "$database" "$(printf %s "$said" | tr '\\n\\t' '  ')"
  done`

/** The rows that a server gave to each query. */
export type Answers = ReadonlyMap<string, readonly Row[]>

/**
 * Asks a server, which may be at work, all queries in few calls. Databases that fail are rows of `failed`. Fails with
 * FAILED when the server itself does not answer.
 */
export async function askServer(
  server: AskedServer,
  queries: Readonly<Record<string, Query>>,
  majors: Majors,
): Promise<Answers> {
  const textOf = (of: Query['of']) =>
    Object.entries(queries)
      .filter(([, query]) => query.of === of)
      .map(([name, query]) => asJson(name, query.sql(majors)))
      .join('\n')
  const { exitCode, stdout, stderr } = await server.shell(askScript, {
    arguments: [textOf('cluster'), textOf('database')],
  })
  if (exitCode !== 0)
    throw new VolError('FAILED', 'The Postgres server does not answer what a migration must know.', {
      output: stderr.trim(),
    })
  const answers = new Map<string, Row[]>()
  for (const { query = '', ...row } of rowsIn(stdout)) {
    const rows = answers.get(query)
    if (rows === undefined) answers.set(query, [row])
    else rows.push(row)
  }
  return answers
}

/** One line of JSON for each row. */
export function asJson(name: string, sql: string): string {
  return `select json_build_object('query', '${name}', 'database', current_database(), 'row', to_json(q)) from (${sql}) q;`
}
