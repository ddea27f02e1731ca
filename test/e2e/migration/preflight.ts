/** How scenarios run the checks before a migration: on a server at work, with programs of the target image. */
import { observeVolume } from '../../../src/docker/observe.ts'
import type { ObservedVolume } from '../../../src/facts.ts'
import { argumentsIn } from '../../../src/migrate/cluster-facts.ts'
import type { Cluster } from '../../../src/migrate/cluster.ts'
import type { MigrationFinding } from '../../../src/migrate/finding.ts'
import { lookAtImage } from '../../../src/migrate/look-at-image.ts'
import { liveServer } from '../../../src/migrate/live-server.ts'
import { preflightAtWork } from '../../../src/migrate/preflight/at-work.ts'
import { preflight, type PreflightContext } from '../../../src/migrate/preflight/preflight.ts'
import { readAsText } from '../../../src/migrate/read-as-text.ts'
import type { PostgresServer } from '../../../src/migrate/server.ts'
import { newOperation } from '../../../src/volumes/session.ts'
import type { Scenario } from '../scenario.ts'
import { worldOf } from './build.ts'

/** A server of an old version that programs of a new one reach through a folder that both have. */
export type OldServer = {
  readonly major: 13 | 15 | 17 | 18
  readonly container: string
  readonly volume: string
  readonly sockets: string
  readonly installUser: string
  /** Runs SQL in a database. */
  sql(text: string, database?: string): Promise<string>
  /** Runs a script as root in its container. */
  run(script: string): Promise<string>
}

export type OldServerRequest = {
  /** Where its volume is mounted. */
  readonly at?: string
  readonly settings?: readonly string[]
  readonly environment?: Readonly<Record<string, string>>
}

/** Starts one on a volume of its own. */
export async function startOldServer(
  bed: Scenario,
  major: 13 | 15 | 17 | 18,
  { at = '/var/lib/postgresql/data', settings = [], environment = {} }: OldServerRequest = {},
): Promise<OldServer> {
  const [volume, sockets] = [await bed.volume('data'), await bed.volume('sockets')]
  await bed.shell(sockets, 'chown 999:999 . && chmod 700 .')
  const all = ['unix_socket_directories=/var/run/postgresql,/sockets', ...settings]
  const container = await bed.container({
    image: bed.images[`postgres${major}`],
    volumes: { [volume]: at, [sockets]: '/sockets' },
    environment: { POSTGRES_PASSWORD: 'not secret', ...environment },
    command: ['postgres', ...all.flatMap((setting) => ['-c', setting])],
    more: ['--network=none'],
  })
  // The server that only prepares the cluster does not listen there.
  const wait =
    'tries=0; until pg_isready -qh 127.0.0.1; do sleep 0.2; tries=$((tries+1)); [ $tries -lt 300 ] || exit 1; done'
  await bed.docker('exec', container, 'sh', '-c', wait)
  const installUser = environment['POSTGRES_USER'] ?? 'postgres'
  return {
    major,
    container,
    volume,
    sockets,
    installUser,
    run: async (script) => (await bed.docker('exec', container, 'sh', '-euc', script)).stdout,
    async sql(text, database = 'postgres') {
      const psql = ['psql', '-XAtq', '-U', installUser, '-d', database, '-v', 'ON_ERROR_STOP=1']
      const exec = ['exec', '--interactive', '--user=postgres', '--env=PGPASSWORD=not secret', container]
      const { stdout } = await bed.docker(...exec, ...psql, { input: text })
      return stdout.trim()
    },
  }
}

/** What is known of its cluster, with the rest as it is where nothing is special. */
export async function clusterOf(old: OldServer, more: Partial<Cluster> = {}): Promise<Cluster> {
  const systemIdentifier = await old.sql('select system_identifier from pg_control_system()')
  return {
    major: old.major,
    path: '.',
    systemIdentifier,
    owner: '999:999',
    checksums: (await old.sql('show data_checksums')) === 'on',
    walSegmentBytes: Number(await old.sql("select setting from pg_settings where name = 'wal_segment_size'")),
    shutDown: false,
    libc: 'glibc',
    provenance: 'debian',
    serverArguments: argumentsIn(await old.run('cat "$PGDATA/postmaster.opts"')),
    ...more,
  }
}

export type CheckRequest = {
  readonly to: 15 | 17 | 18
  readonly cluster?: Partial<Cluster>
  /** The volume that is to be migrated, where that is not the server's. */
  readonly volume?: string
}

/** Runs the checks as on a copy: with programs of the target that reach the old server through its folder. */
export async function check(
  bed: Scenario,
  old: OldServer,
  request: CheckRequest,
): Promise<readonly MigrationFinding[]> {
  return await withServer(bed, old, request.to, async (server) =>
    preflight(server, { ...(await contextOf(bed, old, request)), programs: server, rehearse: true }),
  )
}

/** Runs the checks on the server at work. */
export async function checkAtWork(
  bed: Scenario,
  old: OldServer,
  request: CheckRequest,
): Promise<readonly MigrationFinding[]> {
  const world = worldOf(bed)
  const context = await contextOf(bed, old, request)
  const { cluster } = context
  const live = await liveServer(world, await observed(bed, old), cluster)
  if (!live.possible) throw new Error(live.why)
  const target = {
    operation: newOperation(),
    image: bed.images[`postgres${request.to}`],
    owner: cluster.owner,
  }
  return await preflightAtWork(world, live.plan, target, context)
}

/** Reaches an old server with programs of another image. */
export async function withServer<Result>(
  bed: Scenario,
  old: OldServer,
  to: CheckRequest['to'],
  action: (server: PostgresServer) => Promise<Result>,
): Promise<Result> {
  const helper = await worldOf(bed).docker.startHelper({
    image: bed.images[`postgres${to}`],
    name: bed.name('target'),
    labels: {},
    mounts: [{ volume: old.sockets, path: 'sockets', readOnly: false }],
    runsAs: '999:999',
  })
  const reach = `export PATH=/usr/lib/postgresql/${to}/bin:$PATH PGHOST=/sockets PGUSER=$1; shift\n`
  const shell: PostgresServer['shell'] = async (text, { arguments: given = [], input } = {}) =>
    readAsText(
      await helper.run({
        text: reach + text,
        arguments: [old.installUser, ...given],
        ...(input === undefined ? {} : { input: [Buffer.from(input)] }),
      }),
    )
  try {
    return await action({ major: old.major, installUser: old.installUser, shell })
  } finally {
    await helper.close()
  }
}

async function contextOf(
  bed: Scenario,
  old: OldServer,
  { to, cluster, volume = old.volume }: CheckRequest,
): Promise<Omit<PreflightContext, 'programs' | 'rehearse'>> {
  return {
    cluster: await clusterOf(old, cluster),
    to: await lookAtImage(worldOf(bed), bed.images[`postgres${to}`]),
    volume,
    consumers: (await observed(bed, old)).consumers,
  }
}

async function observed(bed: Scenario, { volume }: OldServer): Promise<ObservedVolume> {
  const found = await observeVolume(worldOf(bed).docker, volume)
  if (found === undefined) throw new Error(`there is no volume ${volume}`)
  return found
}
