import { VolError } from '../errors.ts'
import type { World } from '../plan/world.ts'
import { liveServer } from './live-server.ts'
import type { Migration } from './migration.ts'

/** Logs in as the application does, by the environment of the container that the script runs in. */
const loginScript = `
export PGUSER="\${POSTGRES_USER:-postgres}" PGPASSWORD="$POSTGRES_PASSWORD"
export PGDATABASE="\${POSTGRES_DB:-$PGUSER}"
psql -X -w -h 127.0.0.1 -c 'SELECT 1'
`

/**
 * Fails with MIGRATION_UNPROVEN when the old server, if it runs, lets the application's user in over TCP, whom the new
 * one has refused with these words. One that was refused before has lost nothing.
 */
export async function refuseLostLogin(
  world: World,
  { observed, cluster, to }: Migration,
  refusal: string,
): Promise<void> {
  const live = await liveServer(world, observed, cluster)
  if (!live.possible || (await live.plan.shell(loginScript)).exitCode !== 0) return
  throw new VolError(
    'MIGRATION_UNPROVEN',
    `The application's user can log in to the server in "${live.plan.container.name}", but not to the migrated one in ${to.reference}: ${refusal}`,
    {
      suggestions: [
        `Compare pg_hba.conf in the volume with what ${to.reference} makes of it, and the rules that the image brings along.`,
      ],
    },
  )
}
