import type { PostgresServer } from '../server.ts'
import { buildFailure } from './failure.ts'
import type { Side } from './side.ts'

/** The port of both servers: each has a folder of its own for its socket. */
export const port = 5432

// What roles and databases set for themselves must not end what takes long, or forbid to write.
const connect = `
export PGHOST="$1" PGPORT=${port} PGUSER="$2" PGCLIENTENCODING=UTF8 PGCONNECT_TIMEOUT=60
export PGOPTIONS='-c statement_timeout=0 -c lock_timeout=0 -c idle_in_transaction_session_timeout=0 \
  -c default_transaction_read_only=off'
cd "$3" || exit
shift 3
`

/**
 * A server that listens in a folder of the volume, for the programs of the new image. Their working directory is one
 * that they may write into.
 */
export function serverThrough(
  side: Side,
  where: { readonly sockets: string; readonly work: string },
  { major, installUser }: { readonly major: number; readonly installUser: string },
): PostgresServer {
  return {
    major,
    installUser,
    shell: async (text, options = {}) =>
      await side.run(
        connect + text,
        [where.sockets, installUser, where.work, ...(options.arguments ?? [])],
        options.input,
      ),
  }
}

/** Runs SQL, given on standard input, in a database; the rows come as lines of tab-separated columns. */
export async function ask(
  server: PostgresServer,
  what: string,
  sql: string,
  database = 'template1',
  settings: Readonly<Record<string, string>> = {},
): Promise<string> {
  const variables = Object.entries(settings).flatMap(([name, value]) => ['-v', `${name}=${value}`])
  const text = `PGDATABASE="$1"; export PGDATABASE; shift; psql -XAtqw -F '	' -v ON_ERROR_STOP=1 "$@" -f -`
  const result = await server.shell(text, { arguments: [database, ...variables], input: sql })
  if (result.exitCode !== 0) throw buildFailure(what, result.stderr)
  return result.stdout
}

/** The same for SQL that makes one JSON value. */
export async function askJson(
  server: PostgresServer,
  what: string,
  sql: string,
  database?: string,
): Promise<unknown> {
  return JSON.parse(await ask(server, what, sql, database))
}

/** A connection string for a database of whatever name. */
export function connectionTo(database: string): string {
  return `dbname='${database.replaceAll(/[\\']/g, String.raw`\$&`)}'`
}

/** For scripts of psql: goes to a database. A name with a line break cannot be said so; pg_dumpall refuses it, too. */
export function connectTo(database: string): string {
  return `\\connect "${connectionTo(database).replaceAll('"', '""')}"\n`
}
