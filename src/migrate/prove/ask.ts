import { VolError } from '../../errors.ts'
import type { PostgresServer } from '../server.ts'
import type { Floats } from './floats.ts'

/**
 * Settings of a session in which every server prints a value alike, and reads tables from their first page to their
 * last: no other scan, no other process, no policy. Those of a role or a database do not count against these.
 */
const sessionSettings = [
  'search_path=pg_catalog',
  'bytea_output=hex',
  'datestyle=ISO,MDY',
  'intervalstyle=postgres',
  'timezone=UTC',
  'lc_monetary=C',
  'lc_messages=C',
  'xmloption=content',
  'quote_all_identifiers=off',
  'synchronize_seqscans=off',
  'max_parallel_workers_per_gather=0',
  'enable_seqscan=on',
  'row_security=off',
  'default_transaction_read_only=on',
  'statement_timeout=0',
  'lock_timeout=0',
  'idle_in_transaction_session_timeout=0',
  'client_min_messages=error',
  'standard_conforming_strings=on',
]

/** Of an index alone all columns of a narrow table can be read, in its order. */
const onlySequential = ['enable_indexscan=off', 'enable_indexonlyscan=off', 'enable_bitmapscan=off']

/** `catalogs` for questions to the catalogs, `rows` for reading tables in the order of their pages. */
type Session = 'catalogs' | 'rows'

/**
 * The beginning of every script: `$1` is the database, whose name `-d` would take for a connection string. Plans are
 * not compiled, which is known since 11 and takes longer than these queries do.
 */
function beginning(major: number, session: Session, floats: Floats): string {
  const settings = [
    ...sessionSettings,
    `extra_float_digits=${floats === 'bits' ? 0 : 3}`,
    ...(session === 'rows' ? onlySequential : []),
    ...(major >= 11 ? ['jit=off'] : []),
  ]
  return `export PGDATABASE="$1" PGCLIENTENCODING=UTF8 PGOPTIONS='${settings.map((each) => `-c ${each}`).join(' ')}'
ask() { psql -X -A -t -w -v ON_ERROR_STOP=1 "$@" -f -; }
`
}

/** A script that asks one database, `$1`. */
export type Asking = {
  readonly session: Session
  readonly database: string
  /** `ask` in it is psql that reads statements and stops at the first that fails. */
  readonly text: string
  readonly floats: Floats
  /** `$2` and on. */
  readonly words?: readonly string[]
  /** What is read, for the message when it cannot be. */
  readonly what: string
}

/** Runs a script; what it printed, by lines. Fails with FAILED and what it said. */
export async function linesOf(
  server: PostgresServer,
  { session, database, text, floats, words = [], what }: Asking,
): Promise<readonly string[]> {
  const { exitCode, stdout, stderr } = await server.shell(beginning(server.major, session, floats) + text, {
    arguments: [database, ...words],
  })
  if (exitCode !== 0)
    throw new VolError(
      'FAILED',
      `${what} of database "${database}" cannot be read in the Postgres ${server.major} server.`,
      { output: stderr.trim() },
    )
  return stdout.split('\n').filter((line) => line !== '')
}
