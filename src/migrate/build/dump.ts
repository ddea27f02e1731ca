import type { ProgressTaskPort } from '../../plan/world.ts'
import type { PostgresServer } from '../server.ts'
import { withoutMarks } from './attribute-marks.ts'
import { unexpectedErrors } from './errors-in.ts'
import { buildFailure } from './failure.ts'
import { ask, connectionTo } from './shell.ts'
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

/*
 * A database that is there already is made anew, with its own encoding, locale and settings; not while connected to it
 * (\`$2\`). \`$4\` are sections, or nothing for all of it.
 */
const databaseScript = `${start}
{ PGDATABASE=$1 pg_dump -h "$from" --create $3 $4 --quote-all-identifiers -w 2>dumped || : >failed; } |
  psql -Xqw -v ON_ERROR_STOP=1 -d "$2" -o /dev/null 2>restored || : >failed
cat dumped restored >&2
[ ! -e failed ]
`

/*
 * In parts: definitions, without marks that only the old version knows; rows; then indexes and constraints side by side,
 * by way of a file, which is small. A name may look like a connection string, so it goes by the environment, or in one (\`$5\`).
 */
const partsScript = `${start}
jobs=$4
{ PGDATABASE=$1 pg_dump -h "$from" --create $3 --section=pre-data --quote-all-identifiers -w 2>dumped || : >failed; } |
  sed '${withoutMarks}' | psql -Xqw -v ON_ERROR_STOP=1 -d "$2" -o /dev/null 2>restored || : >failed
export PGDATABASE="$1"
[ -e failed ] || {
  { pg_dump -h "$from" --section=data --quote-all-identifiers -w 2>>dumped || : >failed; } |
    psql -Xqw -v ON_ERROR_STOP=1 -o /dev/null 2>>restored || : >failed
}
[ -e failed ] || {
  pg_dump -h "$from" --format=custom --section=post-data --quote-all-identifiers -w --file=afterwards 2>>dumped &&
    pg_restore --exit-on-error --jobs="$jobs" -w \\
      -d "$5" afterwards 2>>restored || : >failed
}
rm -f afterwards
cat dumped restored >&2
[ ! -e failed ]
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
    /** Databases whose definitions have marks that only the old version knows. */
    readonly marked: readonly string[]
    readonly tablespaces: readonly NewTablespace[]
    readonly jobs: number
    readonly task: ProgressTaskPort
  },
): Promise<void> {
  const { oldSockets, facts, marked, tablespaces, jobs, task } = about
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
      const inParts = marked.includes(database.name) || (jobs > 1 && database.bytes >= worthSplitting)
      await copyDatabase(to, oldSockets, database.name, inParts ? jobs : 0)
    } finally {
      await watch.end()
    }
    done += database.bytes
  }
  if (!facts.databases.some(({ name }) => name === 'postgres'))
    await ask(to, 'remove the database postgres, which the old cluster has not', 'DROP DATABASE postgres;')
}

/** In parts by that many jobs, or in one go. */
async function copyDatabase(
  to: PostgresServer,
  oldSockets: string,
  name: string,
  jobs: number,
): Promise<void> {
  const isThere = name === 'postgres' || name === 'template1'
  const through = name === 'postgres' ? 'template1' : 'postgres'
  const { exitCode, stderr } = await to.shell(jobs > 0 ? partsScript : databaseScript, {
    arguments: [
      oldSockets,
      name,
      through,
      isThere ? '--clean' : '',
      jobs > 0 ? String(jobs) : '',
      connectionTo(name),
    ],
  })
  if (exitCode !== 0 || unexpectedErrors(stderr, []).length > 0)
    throw buildFailure(`copy the database "${name}"`, stderr)
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
