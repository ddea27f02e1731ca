import { isVolError } from '../../errors.ts'
import type { DatabaseFacts, ObservedVolume } from '../../facts.ts'
import type { World } from '../../plan/world.ts'
import { isPlainPath, lookOutside } from '../../volumes/outside.ts'
import { withHelper } from '../../volumes/session.ts'
import { impossible, type Possible } from './possible.ts'
import { decidePostgres, readProbe, type PostgresPlan } from './postgres-decision.ts'
import { probeScript } from './postgres-probe-script.ts'

/**
 * Finds out whether a running server gives a base backup of the cluster that lies in a volume. Asks every running
 * container that has the volume writable; starts a helper, which takes about a second. Changes nothing.
 */
export async function probePostgres(
  world: World,
  observed: ObservedVolume,
  cluster: DatabaseFacts,
): Promise<Possible<PostgresPlan>> {
  const { name } = observed.volume
  const writers = observed.consumers.filter(
    ({ state, mounts }) =>
      state === 'running' && mounts.some(({ volume, readOnly }) => volume === name && !readOnly),
  )
  if (writers.length === 0) return impossible('no container with its server is running')
  const { systemIdentifier, owner } = cluster.details
  if (cluster.recognisedBy !== 'files' || systemIdentifier === undefined || owner === undefined)
    return impossible('its files could not be looked at')
  if (cluster.path !== '.') {
    if (!isPlainPath(cluster.path))
      return impossible(`the name of its directory "${cluster.path}" is unusual`)
    const stranger = await strangerBeside(world, observed, cluster.path)
    if (stranger !== undefined)
      return impossible(
        `the volume holds more than its data directory ("${stranger}"), which a backup would leave out`,
      )
  }
  const reasons: string[] = []
  for (const container of writers)
    for (const { volume, destination } of container.mounts) {
      if (volume !== name) continue
      const inside = cluster.path === '.' ? destination : `${destination}/${cluster.path}`
      const answered = await ask(world, {
        container: container.id,
        user: owner,
        text: probeScript,
        arguments: [inside],
      })
      const decided =
        typeof answered === 'string'
          ? impossible(`container "${container.name}" cannot be asked: ${answered}`)
          : decidePostgres(container, cluster, owner, readProbe(answered.stdout))
      if (decided.possible) return decided
      reasons.push(decided.why)
    }
  return impossible(reasons[0] ?? 'no container with its server is running')
}

async function strangerBeside(
  world: World,
  { volume, consumers }: ObservedVolume,
  path: string,
): Promise<string | undefined> {
  const images = consumers.map(({ imageId }) => imageId)
  const look = await withHelper(world, { reads: volume.name, images }, (helper) =>
    lookOutside(helper, 'volume', path),
  )
  return look.stranger
}

/** What a container answered, or why it did not. */
async function ask(
  world: World,
  script: Parameters<World['docker']['execute']>[0],
): Promise<{ readonly stdout: string } | string> {
  try {
    return await world.docker.execute(script)
  } catch (error) {
    if (!isVolError(error, 'DOCKER_FAILED')) throw error
    return (error.output ?? error.message).split('\n')[0] ?? ''
  }
}
