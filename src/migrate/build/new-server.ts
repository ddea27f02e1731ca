import { buildFailure } from './failure.ts'
import { stopServer } from './old-server.ts'
import type { Places } from './places.ts'
import type { Side } from './side.ts'

/** Shuts the new server down, proven by its control file. */
export async function stopNewServer(client: Side, places: Places): Promise<void> {
  await stopServer(client, 'shut down the new server cleanly', places.new, places.newWork)
}

/** Brings every file of the new cluster to disk: until now nothing waited for that. */
export async function syncNewCluster(client: Side, places: Places): Promise<void> {
  const { exitCode, stderr } = await client.run('initdb --sync-only --pgdata="$1" >&2', [places.new])
  if (exitCode !== 0) throw buildFailure('bring the new cluster to disk', stderr)
}
