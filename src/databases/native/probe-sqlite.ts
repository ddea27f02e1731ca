import path from 'node:path'
import type { DatabaseFacts, ObservedVolume } from '../../facts.ts'
import type { World } from '../../plan/world.ts'
import { isPlainPath } from '../../volumes/outside.ts'
import { askServers, whatIsBeside } from './ask-servers.ts'
import { impossible, type Possible } from './possible.ts'
import { coveredBySqlite, decideSqlite, type SqlitePlan } from './sqlite-decision.ts'
import { probeScript } from './sqlite-scripts.ts'

/**
 * Finds out whether a volume holds nothing but one SQLite database that `sqlite3` in a running container can copy.
 * Only with a write-ahead log: there one who reads locks out nobody. With a rollback journal writers would be refused
 * for as long as the copy takes, and many programs take that for a failure; paused, they notice nothing.
 */
export async function probeSqlite(
  world: World,
  observed: ObservedVolume,
  database: Pick<DatabaseFacts, 'path' | 'details'>,
): Promise<Possible<SqlitePlan>> {
  const { driver, options } = observed.volume
  if (database.details['journalMode'] !== 'wal')
    return impossible(
      'its SQLite database keeps a rollback journal, so that a backup would lock out who writes',
    )
  // Locks and shared memory, which keep readers and writers apart, are those of one kernel.
  if (driver !== 'local' || (options['type'] ?? 'none') !== 'none')
    return impossible('it may lie on another machine, where the locks of SQLite are not to be relied on')
  if (!isPlainPath(database.path)) return impossible(`the name of its file "${database.path}" is unusual`)
  const place = { path: path.posix.dirname(database.path), file: path.posix.basename(database.path) }
  const question = { path: database.path, text: probeScript }
  const asked = await askServers(world, observed, question, (container, answers, destination) =>
    decideSqlite(container, { ...place, destination }, answers),
  )
  if (!asked.possible) return asked
  const beside = await whatIsBeside(world, observed, coveredBySqlite(place))
  return beside === undefined ? asked : impossible(beside)
}
