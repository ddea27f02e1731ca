import type { DatabaseFacts, ObservedVolume } from '../../facts.ts'
import type { World } from '../../plan/world.ts'
import { isPlainPath } from '../../volumes/outside.ts'
import { askServers, whatIsBeside } from './ask-servers.ts'
import { impossible, type Possible } from './possible.ts'
import { decidePostgres, type PostgresPlan } from './postgres-decision.ts'
import { probeScript } from './postgres-probe-script.ts'

/**
 * Finds out whether a running server gives a base backup of the cluster that lies in a volume. Asks inside the
 * containers, and looks for what else the volume holds. Changes nothing.
 */
export async function probePostgres(
  world: World,
  observed: ObservedVolume,
  cluster: DatabaseFacts,
): Promise<Possible<PostgresPlan>> {
  const { path } = cluster
  const { systemIdentifier, owner } = cluster.details
  if (systemIdentifier === undefined || owner === undefined)
    return impossible('its files could not be looked at')
  if (path !== '.' && !isPlainPath(path)) return impossible(`the name of its directory "${path}" is unusual`)
  const question = { path, user: owner, text: probeScript }
  const asked = await askServers(world, observed, question, (container, answers) =>
    decidePostgres(container, cluster, owner, answers),
  )
  if (!asked.possible || path === '.') return asked
  const beside = await whatIsBeside(world, observed, { directory: path })
  return beside === undefined ? asked : impossible(beside)
}
