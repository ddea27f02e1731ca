import type { PostgresServer } from '../server.ts'
import { stopServer } from './old-server.ts'
import type { Places } from './places.ts'
import { serverThrough } from './shell.ts'
import type { Side } from './side.ts'

const startScript = `
data=$1 work=$2
: >"$work/log"
pg_ctl -D "$data" -l "$work/log" -s -w start >"$work/start" 2>&1 || { cat "$work/start"; tail -n 40 "$work/log"; exit 1; } >&2
`

/** Starts the new server. */
export async function startNewServer(
  client: Side,
  places: Places,
  about: { readonly major: number; readonly installUser: string },
): Promise<PostgresServer> {
  await client.must('start the new server', startScript, [places.new, places.newWork])
  return serverThrough(client, { sockets: places.newSockets, work: places.newWork }, about)
}

/** Shuts it down, proven by its control file. */
export async function stopNewServer(client: Side, places: Places): Promise<void> {
  await stopServer(client, 'shut down the new server cleanly', places.new, places.newWork)
}
