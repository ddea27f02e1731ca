import type { ProgressTaskPort } from '../../plan/world.ts'
import type { PostgresServer } from '../server.ts'
import { unexpectedErrors } from './errors-in.ts'
import { buildFailure } from './failure.ts'
import { ask } from './shell.ts'
import type { SourceDatabase, SourceFacts } from './source-facts.ts'

/**
 * Where the new server makes a tablespace, below its data directory while it is built. The folder is made with it.
 */
export type NewTablespace = { readonly name: string; readonly owner: string; readonly location: string }

/*
 * In all scripts the environment leads to the new server; \`$1\` is the folder of the old one's socket. Both have the same
 * port and install user. A pipe says nothing of its first half, which so leaves a file when it fails.
 */
const start = `
from=$1; shift
export PGOPTIONS="$PGOPTIONS -c client_min_messages=warning"
rm -f failed
`

const globalsScript = `${start}
{ pg_dumpall -h "$from" --globals-only --quote-all-identifiers -w 2>dumped || : >failed; } |
  psql -Xqw -d postgres -o /dev/null 2>restored || : >failed
cat dumped restored >&2
[ ! -e failed ]
`

// A database that is there already is made anew, with its own encoding, locale and settings; not while connected to it.
const databaseScript = `${start}
through=$2 clean=$3 sections=$4
{ PGDATABASE=$1 pg_dump -h "$from" --create $clean $sections --quote-all-identifiers -w 2>dumped || : >failed; } |
  psql -Xqw -v ON_ERROR_STOP=1 -d "$through" -o /dev/null 2>restored || : >failed
cat dumped restored >&2
[ ! -e failed ]
`

// A name may look like a connection string, so it goes by the environment, or in one. Indexes and constraints are made side by side. The file is small: it has no rows.
const afterwardsScript = `${start}
jobs=$2
PGDATABASE=$1 pg_dump -h "$from" --format=custom --section=post-data --quote-all-identifiers -w --file=afterwards &&
  pg_restore --exit-on-error --jobs="$jobs" -w -d "dbname='$(printf '%s' "$1" | sed "s/[\\\\']/\\\\&/g")'" afterwards
code=$?
rm -f afterwards
exit "$code"
`

/** Bytes from which on a database is worth more than one process. */
const worthSplitting = 64 * 1024 ** 2

/**
 * Fills the new cluster with what the old one has, read and written by the new version's own programs: roles and their
 * passwords, tablespaces, then one database after the other. Any error but the one that the install user is there
 * already ends it.
 */
export async function dumpAndRestore(
  to: PostgresServer,
  about: {
    readonly oldSockets: string
    readonly facts: SourceFacts
    readonly tablespaces: readonly NewTablespace[]
    readonly jobs: number
    readonly task: ProgressTaskPort
  },
): Promise<void> {
  const { oldSockets, facts, tablespaces, jobs, task } = about
  for (const { name, location } of tablespaces) {
    await to.shell('mkdir -p -m 700 "$1"', { arguments: [location] })
    await ask(to, 'make a tablespace', `CREATE TABLESPACE :"name" LOCATION :'location';`, 'template1', {
      name,
      location,
    })
  }
  const globals = await to.shell(globalsScript, { arguments: [oldSockets] })
  const expected = [
    `role "${to.installUser}" already exists`,
    ...tablespaces.map(({ name }) => `tablespace "${name}" already exists`),
  ]
  const failures = unexpectedErrors(globals.stderr, expected)
  if (globals.exitCode !== 0 || failures.length > 0)
    throw buildFailure('bring the roles over', failures.join('\n') || globals.stderr)
  for (const { name, owner } of tablespaces)
    await ask(
      to,
      'give a tablespace to its owner',
      `ALTER TABLESPACE :"name" OWNER TO :"owner";`,
      'template1',
      {
        name,
        owner,
      },
    )

  const total = facts.databases.reduce((sum, { bytes }) => sum + bytes, 0)
  let done = 0
  for (const database of facts.databases) {
    task.update({ text: `copying ${database.name}`, done, total })
    const watch = watchGrowth(to, database, (bytes) => task.update({ done: done + bytes, total }))
    try {
      await copyDatabase(to, oldSockets, database, jobs, task)
    } finally {
      await watch.end()
    }
    done += database.bytes
  }
  if (!facts.databases.some(({ name }) => name === 'postgres'))
    await ask(to, 'remove the database postgres, which the old cluster has not', 'DROP DATABASE postgres;')
}

async function copyDatabase(
  to: PostgresServer,
  oldSockets: string,
  { name, bytes }: SourceDatabase,
  jobs: number,
  task: ProgressTaskPort,
): Promise<void> {
  const split = jobs > 1 && bytes >= worthSplitting
  const isThere = name === 'postgres' || name === 'template1'
  const what = `copy the database "${name}"`
  const copied = await to.shell(databaseScript, {
    arguments: [
      oldSockets,
      name,
      name === 'postgres' ? 'template1' : 'postgres',
      isThere ? '--clean' : '',
      split ? '--section=pre-data --section=data' : '',
    ],
  })
  if (copied.exitCode !== 0 || unexpectedErrors(copied.stderr, []).length > 0)
    throw buildFailure(what, copied.stderr)
  if (!split) return
  task.update({ text: `making the indexes of ${name}` })
  const made = await to.shell(afterwardsScript, { arguments: [oldSockets, name, String(jobs)] })
  if (made.exitCode !== 0 || unexpectedErrors(made.stderr, []).length > 0)
    throw buildFailure(what, made.stderr)
}

/** Asks every few seconds how large a database has become. */
function watchGrowth(
  server: PostgresServer,
  { name, bytes }: SourceDatabase,
  told: (bytes: number) => void,
): { end(): Promise<void> } {
  let over = false
  let asking: Promise<void> = Promise.resolve()
  const look = async () => {
    const text = `psql -XAtqw -d template1 -v name="$1" <<'SQL'
SELECT pg_database_size(oid) FROM pg_database WHERE datname = :'name'
SQL`
    const { stdout } = await server.shell(text, { arguments: [name] })
    if (!over) told(Math.min(bytes, Number.parseInt(stdout, 10) || 0))
  }
  const timer = setInterval(() => {
    asking = asking.then(() => (over ? undefined : look())).catch(() => undefined)
  }, 3000)
  return {
    async end() {
      over = true
      clearInterval(timer)
      await asking
    },
  }
}
