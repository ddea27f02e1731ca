/** Programs of one version that reach a server of another, as in a migration. */
import type { PostgresServer } from '../../../src/migrate/server.ts'
import type { Scenario } from '../scenario.ts'
import type { OldServer } from './preflight.ts'

/** Starts a container with the programs of `major` beside servers, which share their folders of sockets with it. */
export async function programsFor(
  bed: Scenario,
  major: 15 | 17 | 18,
  servers: readonly OldServer[],
): Promise<readonly PostgresServer[]> {
  const places = servers.map((server, index) => [server.sockets, `/sockets-${index}`] as const)
  const container = await bed.container({
    image: bed.images[`postgres${major}`],
    volumes: Object.fromEntries(places),
    more: ['--network=none', '--user=999:999', '--entrypoint=sleep'],
    command: ['infinity'],
  })
  return servers.map((server, index) => ({
    major: server.major,
    installUser: server.installUser,
    async shell(text, { arguments: given = [], input = '' } = {}) {
      const reach = [`--env=PGHOST=/sockets-${index}`, `--env=PGUSER=${server.installUser}`]
      const script = ['sh', '-c', text, 'sh', ...given]
      return await bed.tryDocker('exec', '--interactive', ...reach, container, ...script, { input })
    },
  }))
}
