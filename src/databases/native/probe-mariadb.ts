import type { DatabaseFacts, ObservedVolume } from '../../facts.ts'
import type { World } from '../../plan/world.ts'
import { isPlainPath } from '../../volumes/outside.ts'
import { askServers, whatIsBeside } from './ask-servers.ts'
import { coveredByMariadb, decideMariadb, type MariadbPlan } from './mariadb-decision.ts'
import { probeScript } from './mariadb-scripts.ts'
import { impossible, type Possible } from './possible.ts'

/** Finds out whether a running server can be backed up whole by mariadb-backup. */
export async function probeMariadb(
  world: World,
  observed: ObservedVolume,
  database: Pick<DatabaseFacts, 'path'>,
): Promise<Possible<MariadbPlan>> {
  const { path } = database
  if (path !== '.' && !isPlainPath(path)) return impossible(`the name of its directory "${path}" is unusual`)
  const asked = await askServers(world, observed, { path, text: probeScript }, (container, answers) =>
    decideMariadb(container, database, answers),
  )
  if (!asked.possible) return asked
  const beside = await whatIsBeside(world, observed, coveredByMariadb(asked.plan))
  return beside === undefined ? asked : impossible(beside)
}
