import { connection, passwordVariables, probeScript } from '../databases/native/postgres-probe-script.ts'
import { askServers } from '../databases/native/ask-servers.ts'
import { impossible, type Possible } from '../databases/native/possible.ts'
import type { Container, ObservedVolume } from '../facts.ts'
import type { World } from '../plan/world.ts'
import { printableText } from '../tar/name.ts'
import type { Cluster } from './cluster.ts'
import { readAsText } from './read-as-text.ts'
import type { PostgresServer } from './server.ts'

/** A server at work in its user's own container, with that container's programs. Scripts there get no input. */
export type LiveServer = Pick<PostgresServer, 'major' | 'installUser'> & {
  readonly container: Container
  /** Where it listens, as text. */
  readonly port: string
  shell(
    text: string,
    options?: { readonly arguments?: readonly string[] },
  ): ReturnType<PostgresServer['shell']>
}

/**
 * Finds the server that works on a cluster, among the containers that mount its volume: who the install user is, and
 * how one gets in, is asked and tried there. Changes nothing. Without such a server it says why.
 */
export async function liveServer(
  world: World,
  observed: ObservedVolume,
  cluster: Pick<Cluster, 'major' | 'path' | 'systemIdentifier' | 'owner'>,
): Promise<Possible<LiveServer>> {
  const question = { path: cluster.path, user: cluster.owner, text: probeScript }
  return await askServers(world, observed, question, (container, answers) =>
    decideLive(world, container, cluster, answers),
  )
}

function decideLive(
  world: World,
  container: Container,
  cluster: Pick<Cluster, 'major' | 'systemIdentifier' | 'owner'>,
  answers: ReadonlyMap<string, string>,
): Possible<LiveServer> {
  const said = (name: string) => answers.get(name) ?? ''
  const inside = `in container "${container.name}"`
  if (answers.has('problem'))
    return impossible(`its data directory ${printableText(said('problem'))} (${inside})`)
  if (!answers.has('server_version_num'))
    return impossible(`nobody is let in by its server ${inside}: ${printableText(said('refused'))}`)
  const major = Math.floor(Number.parseInt(said('server_version_num'), 10) / 10_000)
  if (said('system_identifier') !== cluster.systemIdentifier || major !== cluster.major)
    return impossible(`the server ${inside} has another cluster open than the one in the volume`)
  if (said('password') !== '' && !passwordVariables.includes(said('password')))
    return impossible(`its server ${inside} wants a password from elsewhere`)
  const reached = ['folder', 'host', 'port', 'role', 'password'].map(said)
  if (reached.slice(0, 4).includes(''))
    return impossible(`its server ${inside} does not say all that is needed`)
  const server: LiveServer = {
    major,
    installUser: said('role'),
    container,
    port: said('port'),
    shell: async (text, options = {}) =>
      readAsText(
        await world.docker.execute({
          container: container.id,
          user: cluster.owner,
          text: reach + text,
          arguments: [...reached, ...(options.arguments ?? [])],
        }),
      ),
  }
  return { possible: true, plan: server, why: `its server runs ${inside}` }
}

// Standard input is the leash. These scripts end soon and wait for what they start; programs must not read from it.
const reach = `${connection}
exec </dev/null
export PATH="$1:$PATH" PGHOST=$2 PGPORT=$3 PGUSER=$4
use_password "$5" || [ -z "$5" ] || exit 1
shift 5
`
