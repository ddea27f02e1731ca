import type { ProgressTaskPort } from '../../plan/world.ts'
import { list, text } from '../../snapshots/read.ts'
import type { MigrationMethod } from '../cluster.ts'
import type { PostgresServer } from '../server.ts'
import { changedOrders, collationsOf, type Collations } from './collations.ts'
import { buildFailure } from './failure.ts'
import { ask, askJson } from './shell.ts'
import type { Side } from './side.ts'

/**
 * What is left once all data is there: extensions in the versions of the new image, indexes in its order of text, and
 * statistics. Returns what is worth knowing, a sentence each.
 */
export async function finishCluster(
  server: PostgresServer,
  client: Side,
  about: {
    /** Of the old server. */
    readonly before: Collations
    readonly method: MigrationMethod
    readonly jobs: number
    readonly task: ProgressTaskPort
  },
): Promise<readonly string[]> {
  const { before, method, jobs, task } = about
  const notes: string[] = []
  const changed = changedOrders(before, await collationsOf(server, client))
  for (const database of await databasesOf(server)) {
    task.update({ text: `finishing ${database}` })
    notes.push(...(await updateExtensions(server, database)))
    // What was restored row by row has indexes in the new order.
    if (method === 'dump') continue
    const count = await reindexChanged(server, database, changed)
    if (count > 0)
      notes.push(
        `${count} ${count === 1 ? 'index' : 'indexes'} of "${database}" made anew: the order of text is another in the new image`,
      )
    await refreshVersions(server, database)
  }
  task.update({ text: 'making statistics' })
  await analyze(server, jobs, method === 'upgrade' && server.major >= 18)
  return notes
}

/** The databases that can be connected to, by name. */
async function databasesOf(server: PostgresServer): Promise<readonly string[]> {
  const sql = `SELECT json_agg(datname ORDER BY oid) FROM pg_database WHERE datallowconn`
  return list(await askJson(server, 'list the databases', sql), 'databases', text)
}

const outdatedExtensions = `
SELECT coalesce(json_agg(name ORDER BY name), '[]') FROM pg_available_extensions WHERE installed_version <> default_version
`

/** Brings the extensions to the versions of the new image. Returns what could not be brought there, a sentence each. */
async function updateExtensions(server: PostgresServer, database: string): Promise<readonly string[]> {
  const what = `update the extensions of "${database}"`
  const names = list(await askJson(server, what, outdatedExtensions, database), 'extensions', text)
  const notes: string[] = []
  for (const name of names) {
    // A session of its own: some want to be the first statement of one.
    const { exitCode, stderr } = await server.shell(
      `export PGDATABASE="$1"; psql -Xqw -v ON_ERROR_STOP=1 -v name="$2" -f -`,
      { arguments: [database, name], input: 'ALTER EXTENSION :"name" UPDATE;' },
    )
    if (exitCode !== 0)
      notes.push(`the extension ${name} in "${database}" stays at its old version: ${firstError(stderr)}`)
  }
  return notes
}

function firstError(said: string): string {
  return /ERROR: +(.*)/.exec(said)?.[1] ?? said.trim()
}

/*
 * An index is in the order of a collation that changed when one of its columns has that, or when that may be in its
 * expressions or its condition. The default collation is that of the database; the built-in one and the bytewise ones
 * do not change. A collation of ICU may have been made with another version than the rest.
 */
const reindex = `
WITH changed AS (
  SELECT c.oid FROM pg_collation c
  WHERE CASE c.collprovider
    WHEN 'c' THEN :'library'::boolean AND c.collcollate NOT IN ('C', 'POSIX')
    WHEN 'i' THEN :'icu'::boolean OR c.collversion IS DISTINCT FROM pg_collation_actual_version(c.oid)
    WHEN 'd' THEN (
      SELECT CASE coalesce(to_jsonb(d) ->> 'datlocprovider', 'c')
        WHEN 'c' THEN :'library'::boolean AND d.datcollate NOT IN ('C', 'POSIX')
        WHEN 'i' THEN :'icu'::boolean ELSE false END
      FROM pg_database d WHERE d.datname = current_database())
    ELSE false END
)
SELECT format('REINDEX INDEX %I.%I', n.nspname, r.relname)
FROM pg_index i JOIN pg_class r ON r.oid = i.indexrelid JOIN pg_namespace n ON n.oid = r.relnamespace
WHERE r.relkind = 'i' AND r.oid >= 16384 AND r.relpersistence <> 't' AND n.nspname <> 'pg_toast'
  AND EXISTS (SELECT FROM changed)
  AND (i.indexprs IS NOT NULL OR i.indpred IS NOT NULL
    OR EXISTS (SELECT FROM unnest(i.indcollation) used JOIN changed ON changed.oid = used))
ORDER BY r.relpages DESC
`

/** Makes indexes anew whose order of text has changed. Returns how many. */
async function reindexChanged(
  server: PostgresServer,
  database: string,
  changed: { readonly library: boolean; readonly icu: boolean },
): Promise<number> {
  const settings = { library: String(changed.library), icu: String(changed.icu) }
  const what = `make the indexes of "${database}" anew`
  const statements = await ask(server, what, `${reindex};`, database, settings)
  const count = statements.split('\n').length - 1
  if (count > 0) await ask(server, what, `${reindex}\\gexec\n`, database, settings)
  return count
}

const refreshCollations = `
SELECT format('ALTER COLLATION %I.%I REFRESH VERSION', n.nspname, c.collname)
FROM pg_collation c JOIN pg_namespace n ON n.oid = c.collnamespace
WHERE c.collversion IS DISTINCT FROM pg_collation_actual_version(c.oid) AND c.collprovider <> 'd'
\\gexec
`
const refreshDatabase = `
SELECT format('ALTER DATABASE %I REFRESH COLLATION VERSION', current_database())
\\gexec
`

/** Notes that the order of text is that of the new image: its indexes are. Databases know of it since 15. */
async function refreshVersions(server: PostgresServer, database: string): Promise<void> {
  const what = `record the collation versions of "${database}"`
  await ask(server, what, refreshCollations + (server.major >= 15 ? refreshDatabase : ''), database)
}

/** Has the planner's statistics made; those that pg_upgrade carried over are kept. */
async function analyze(server: PostgresServer, jobs: number, missingOnly: boolean): Promise<void> {
  const option = missingOnly ? ' --missing-stats-only' : ''
  const { exitCode, stderr } = await server.shell(
    `vacuumdb --all --analyze-only --quiet -w --jobs="$1"${option}`,
    { arguments: [String(jobs)] },
  )
  if (exitCode !== 0) throw buildFailure('make the statistics', stderr)
}
