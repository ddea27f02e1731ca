import { isVolError } from '../../errors.ts'
import type { World } from '../../plan/world.ts'
import type { MigrationFinding } from '../finding.ts'
import type { LiveServer } from '../live-server.ts'
import type { PostgresServer } from '../server.ts'
import { preflight, type PreflightContext } from './preflight.ts'
import { findPrograms, withPrograms, type Programs, type ProgramsRequest } from './programs.ts'

/**
 * The checks before a migration on a server at work. Where its loopback lets the target's programs in, as official
 * images do, the schema is rehearsed with them; elsewhere that is left to the copy. Fails as `preflight` does.
 */
export async function preflightAtWork(
  world: World,
  live: LiveServer,
  request: Omit<ProgramsRequest, 'beside'>,
  context: Omit<PreflightContext, 'programs' | 'rehearse'>,
): Promise<readonly MigrationFinding[]> {
  const beside = { ...request, beside: live.container.id }
  try {
    return await withPrograms(world, beside, async (programs) => {
      const server = serverBeside(programs, live)
      const rehearse = await canRehearse(server, context.cluster.systemIdentifier)
      return await preflight(rehearse ? server : live, { ...context, programs, rehearse })
    })
  } catch (error) {
    // The network may be one that cannot be shared; and memory may not hold what a volume will.
    if (!isVolError(error, 'DOCKER_FAILED') && !isVolError(error, 'NO_SPACE')) throw error
  }
  return await withPrograms(world, request, (programs) =>
    preflight(live, { ...context, programs, rehearse: false }),
  )
}

const reach = `${findPrograms}
unset PGHOSTADDR PGDATABASE PGOPTIONS PGPASSWORD PGPASSFILE PGSERVICE
export PGHOST=127.0.0.1 PGPORT=$1 PGUSER=$2 PGCONNECT_TIMEOUT=10
shift 2
`

/** The server as programs in its own network reach it. */
function serverBeside(programs: Programs, { major, installUser, port }: LiveServer): PostgresServer {
  return {
    major,
    installUser,
    shell: async (text, options = {}) =>
      await programs.shell(reach + text, {
        ...options,
        arguments: [port, installUser, ...(options.arguments ?? [])],
      }),
  }
}

/** Each takes some 8 MB, and as much again in WAL; what is here lies in memory. */
const mostDatabases = 30

/** Whether it lets us in, is the server of this cluster and not another one that listens there, and has room here. */
async function canRehearse(server: PostgresServer, systemIdentifier: string): Promise<boolean> {
  const question = `select system_identifier, (select count(*) from pg_catalog.pg_database) from pg_catalog.pg_control_system()`
  const { exitCode, stdout } = await server.shell(`psql -XAtqw -d template1 -c "$1"`, {
    arguments: [question],
  })
  const [identifier, databases] = stdout.trim().split('|')
  return exitCode === 0 && identifier === systemIdentifier && Number(databases) <= mostDatabases
}
