import type { ProgressTaskPort } from '../../plan/world.ts'
import { fieldsOf, integer, list, text } from '../../snapshots/read.ts'
import type { MigrationMethod } from '../cluster.ts'
import type { PostgresServer } from '../server.ts'
import { beginPhase } from '../begin-phase.ts'
import { changedOrders, collationsOf, type Collations } from './collations.ts'
import { outdatedExtensions, updateExtensions } from './extensions.ts'
import { buildFailure } from './failure.ts'
import { countChangedIndexes, refreshVersions, reindexChanged } from './reindex.ts'
import { ask, connectTo } from './shell.ts'
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
    /** Databases to connect to. */
    readonly databases: readonly string[]
    readonly method: MigrationMethod
    readonly jobs: number
    readonly task: ProgressTaskPort
  },
): Promise<readonly string[]> {
  const { before, databases, method, jobs, task } = about
  const notes: string[] = []
  // What was restored row by row has indexes in the new order.
  const isCopied = method === 'upgrade'
  const { library, icu } = changedOrders(before, await collationsOf(server, client))
  const orders = { library: String(isCopied && library), icu: String(isCopied && icu) }
  const left = await whatIsLeft(server, databases, orders)
  for (const { name, extensions, indexes } of left) {
    notes.push(...(await updateExtensions(server, name, extensions)))
    if (isCopied && indexes > 0) notes.push(reindexed(name, indexes))
  }
  if (isCopied) {
    beginPhase(task, 'putting indexes in the order of the new image')
    const sql = left.map(
      ({ name, indexes }) =>
        connectTo(name) + (indexes > 0 ? reindexChanged : '') + refreshVersions(server.major),
    )
    await ask(server, 'make indexes anew', sql.join(''), 'template1', orders)
  }
  beginPhase(task, 'making statistics')
  await analyze(server, jobs, isCopied && server.major >= 18)
  return notes
}

function reindexed(database: string, indexes: number): string {
  const what = indexes === 1 ? '1 index' : `${indexes} indexes`
  return `${what} of "${database}" made anew, as the new image may order text otherwise`
}

type Left = { readonly name: string; readonly extensions: readonly string[]; readonly indexes: number }

/** Asks each database, all in one session of psql, what is to be done in it. */
async function whatIsLeft(
  server: PostgresServer,
  databases: readonly string[],
  orders: Readonly<Record<string, string>>,
): Promise<readonly Left[]> {
  const sql = `SELECT jsonb_build_object('name', current_database(), 'extensions', ${outdatedExtensions}, 'indexes', ${countChangedIndexes});\n`
  const what = 'see what is left to do'
  const script = databases.map((name) => connectTo(name) + sql).join('')
  const answers = await ask(server, what, script, 'template1', orders)
  return answers.split('\n').flatMap((line) => {
    if (line === '') return []
    const row = fieldsOf(JSON.parse(line), 'database')
    return [
      {
        name: text(row['name'], 'name'),
        extensions: list(row['extensions'], 'extensions', text),
        indexes: integer(row['indexes'], 'indexes'),
      },
    ]
  })
}

/** Has the planner's statistics made; those that pg_upgrade carried over (18 and later) are kept. */
async function analyze(server: PostgresServer, jobs: number, missingOnly: boolean): Promise<void> {
  const option = missingOnly ? ' --missing-stats-only' : ''
  const { exitCode, stderr } = await server.shell(
    `vacuumdb --all --analyze-only --quiet -w --jobs="$1"${option}`,
    { arguments: [String(jobs)] },
  )
  if (exitCode !== 0) throw buildFailure('make the statistics', stderr)
}
