import type { DatabaseFacts, ObservedVolume } from '../../facts.ts'
import type { World } from '../../plan/world.ts'
import { isPlainPath } from '../../volumes/outside.ts'
import { askServers, whatIsBeside } from './ask-servers.ts'
import { impossible, type Possible } from './possible.ts'
import { coveredByRedis, decideRedis, type RedisPlan } from './redis-decision.ts'
import { probeScript } from './redis-scripts.ts'

/** Finds out whether a running server keeps all that a volume holds in the file that it saves itself into. */
export async function probeRedis(
  world: World,
  observed: ObservedVolume,
  database: Pick<DatabaseFacts, 'path'> & { readonly kind: RedisPlan['database'] },
): Promise<Possible<RedisPlan>> {
  const { path } = database
  if (path !== '.' && !isPlainPath(path)) return impossible(`the name of its directory "${path}" is unusual`)
  const asked = await askServers(world, observed, { path, text: probeScript }, (container, answers) =>
    decideRedis(container, database, answers),
  )
  if (!asked.possible) return asked
  const beside = await whatIsBeside(world, observed, coveredByRedis(asked.plan))
  return beside === undefined ? asked : impossible(beside)
}
