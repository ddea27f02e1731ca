import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import process from 'node:process'
import { execa } from 'execa'
import { bedUp, type Bed } from '../test/bed/bed.ts'

/** Where the benchmarks run: the bed's engine, the built plugin, and a folder on the same disk. */
export type Stage = {
  readonly bed: Bed
  readonly folder: string
  readonly environment: Readonly<Record<string, string>>
  docker(...args: string[]): Promise<string>
  /** Runs a shell command of the host. */
  shell(script: string): Promise<void>
  mountpoint(volume: string): Promise<string>
  /** Removes everything that was made. */
  leave(): Promise<void>
}

const label = 'docker-vol.bench=1'

/** The option of `docker run` by which a container goes with the stage. */
export const labelled = `--label=${label}`

export async function enterStage(): Promise<Stage> {
  const bed = await bedUp()
  const root = path.resolve(import.meta.dirname, '..')
  await execa(process.execPath, [path.join(root, 'scripts', 'build.ts')], { stdio: 'ignore' })
  const folder = await mkdtemp(path.join(tmpdir(), 'docker-vol-bench-'))
  const plugins = path.join(folder, 'config', 'cli-plugins')
  await mkdir(plugins, { recursive: true })
  await symlink(path.join(root, 'bin', 'docker-vol'), path.join(plugins, 'docker-vol'))
  const environment = {
    ...bed.environment,
    PATH: `${path.dirname(process.execPath)}:${bed.environment['PATH'] ?? process.env['PATH'] ?? ''}`,
    DOCKER_CONFIG: path.join(folder, 'config'),
    DOCKER_VOL_HELPER_IMAGE: bed.images.debian,
  }
  const docker = async (...args: string[]) => (await execa(bed.docker, args, { env: environment })).stdout
  const byLabel = async (...list: string[]) =>
    (await docker(...list, '--quiet', '--filter', `label=${label}`)).split('\n').filter((id) => id !== '')
  return {
    bed,
    folder,
    environment,
    docker,
    shell: async (script) => {
      await execa('sh', ['-euc', script], { env: environment })
    },
    mountpoint: (volume) => docker('volume', 'inspect', '--format', '{{.Mountpoint}}', volume),
    async leave() {
      for (const id of await byLabel('ps', '--all')) await docker('rm', '--force', '--volumes', id)
      for (const name of await byLabel('volume', 'ls')) await docker('volume', 'rm', name)
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** Makes an empty volume that goes with the stage. */
export async function makeVolume(stage: Stage, name: string): Promise<void> {
  await stage.docker('volume', 'create', `--label=${label}`, name)
}

/** A cleanly stopped Postgres with pgbench's tables in a volume: about 15 MB for each step of the scale. */
export async function makePostgresData(
  stage: Stage,
  volume: string,
  scale: number,
  image?: string,
): Promise<void> {
  await makeVolume(stage, volume)
  const name = await startPostgres(stage, volume, image)
  const inside = (...command: string[]) => stage.docker('exec', '--user=postgres', name, ...command)
  await inside('pgbench', '--initialize', '--quiet', `--scale=${scale}`)
  // Rows that were updated here and there, as in a database that lives.
  await inside('pgbench', '--client=2', '--time=15', '--no-vacuum')
  await stage.docker('stop', name)
  await stage.docker('rm', '--volumes', name)
}

/** A Postgres that runs on a volume, ready for requests. Returns its container, which goes with the stage. */
export async function startPostgres(
  stage: Stage,
  volume: string,
  image: string = stage.bed.images.postgres17,
): Promise<string> {
  const name = `${volume}-server`
  const data = '/var/lib/postgresql/data'
  const options = [`--label=${label}`, `--name=${name}`, '--network=none', '--stop-timeout=120']
  const server = [image, '-c', 'max_wal_size=256MB', '-c', 'checkpoint_timeout=30s']
  const password = '--env=POSTGRES_PASSWORD=bench'
  const mount = `--volume=${volume}:${data}`
  await stage.docker('run', '--detach', '--pull=never', ...options, password, mount, ...server)
  for (let tries = 0; ; tries++) {
    try {
      const ask = ['psql', '--host=127.0.0.1', '--command=select 1']
      await stage.docker('exec', '--user=postgres', name, ...ask)
      return name
    } catch (error) {
      if (tries > 120) throw error
      await new Promise((resolve) => setTimeout(resolve, 500))
    }
  }
}
