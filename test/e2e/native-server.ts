import { setTimeout as sleep } from 'node:timers/promises'
import type { Scenario } from './scenario.ts'

/** Runs psql as the install user, over the socket. */
export async function query(bed: Scenario, container: string, sql: string): Promise<string> {
  const psql = ['psql', '-XAtq', '-d', 'postgres', '-v', 'ON_ERROR_STOP=1', '-c', sql]
  return (await bed.docker('exec', '--user=postgres', container, ...psql)).stdout.trim()
}

export type ServerRequest = {
  readonly major?: 13 | 15 | 17 | 18
  readonly at?: string
  /** One that is there, instead of a new one. */
  readonly volume?: string
  readonly environment?: Readonly<Record<string, string>>
  readonly settings?: readonly string[]
  /** Without an init process of docker's: then the server is the parent of every orphan. */
  readonly bare?: boolean
}

/** A server on a new volume, ready for requests. */
export async function startPostgres(
  bed: Scenario,
  request: ServerRequest = {},
): Promise<{ container: string; volume: string }> {
  const { major = 17, at = '/var/lib/postgresql/data', settings = [] } = request
  const volume = request.volume ?? (await bed.volume('data'))
  const environment = { POSTGRES_PASSWORD: 'not secret', ...request.environment }
  const container = await bed.container({
    image: bed.images[`postgres${major}`],
    volumes: { [volume]: at },
    environment,
    command: ['postgres', ...settings.flatMap((setting) => ['-c', setting])],
    more: ['--network=none', ...(request.bare === true ? ['--init=false'] : [])],
  })
  // The server that only prepares the cluster does not listen there.
  const ready = ['exec', container, 'pg_isready', '--host=127.0.0.1', '--quiet']
  for (let tries = 0; (await bed.tryDocker(...ready)).exitCode !== 0; tries += 1) {
    if (tries > 300) throw new Error((await bed.docker('logs', container)).stderr)
    await sleep(200)
  }
  return { container, volume }
}
