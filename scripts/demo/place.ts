/** Where the demo takes place: a folder of its own with the plugin, Docker's configuration and the project. */
import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import path from 'node:path'
import process from 'node:process'
import { execa } from 'execa'
import type { Bed } from '../../test/bed/bed.ts'

/** The Compose project; its volume is `vol-demo_pgdata`. */
export const project = 'vol-demo'
export const volume = `${project}_pgdata`
/** On all that the demo makes. */
export const label = 'docker-vol.demo'

export type Place = {
  /** The folder in which the commands are typed. */
  readonly folder: string
  readonly environment: Readonly<Record<string, string>>
  remove(): Promise<void>
}

const prefix = 'docker-vol-demo-'
const root = path.resolve(import.meta.dirname, '..', '..')

/** Builds the plugin and puts it where a docker of its own finds it. The user's configuration is only read. */
export async function preparePlace(bed: Bed, signal: AbortSignal): Promise<Place> {
  await removeEarlierPlaces()
  const top = await mkdtemp(path.join(tmpdir(), prefix))
  const remove = () => rm(top, { recursive: true, force: true })
  try {
    const product = path.join(top, 'docker-vol')
    const folder = path.join(top, 'shop')
    const configuration = path.join(top, 'docker-config')
    await mkdir(folder)
    await mkdir(path.join(configuration, 'cli-plugins'), { recursive: true })
    await execa(process.execPath, [path.join(root, 'scripts', 'build.ts'), product], { cancelSignal: signal })
    await linkPlugins(bed, path.join(configuration, 'cli-plugins'))
    await symlink(
      path.join(product, 'bin', 'docker-vol'),
      path.join(configuration, 'cli-plugins', 'docker-vol'),
    )
    await writeFile(path.join(folder, 'compose.yaml'), composeFile(bed.images.postgres17))
    const environment = {
      ...withoutSettings(process.env),
      ...bed.environment,
      ...(await sameContext(bed, configuration)),
      DOCKER_CONFIG: configuration,
      DOCKER_VOL_NODE: process.execPath,
      XDG_CACHE_HOME: path.join(top, 'cache'),
    }
    return { folder, environment, remove }
  } catch (error) {
    await remove()
    throw error
  }
}

/** One demo runs at a time, so whatever is there was left by one that was killed. */
async function removeEarlierPlaces(): Promise<void> {
  for (const name of await readdir(tmpdir()))
    if (name.startsWith(prefix))
      // Another user's stays.
      await rm(path.join(tmpdir(), name), { recursive: true, force: true }).catch(() => undefined)
}

/** Compose lies where this docker finds it, which may be in the configuration that we do not use. */
async function linkPlugins(bed: Bed, folder: string): Promise<void> {
  const format = '{{range .ClientInfo.Plugins}}{{.Name}}\t{{.Path}}\n{{end}}'
  const { stdout } = await execa(bed.docker, ['info', '--format', format], { env: bed.environment })
  for (const line of stdout.split('\n')) {
    const [name, file] = line.split('\t')
    if (name === 'compose' && file) await symlink(file, path.join(folder, path.basename(file)))
  }
}

/** An engine that only a context leads to is reached through that context, of which we have a link. */
async function sameContext(bed: Bed, configuration: string): Promise<Record<string, string>> {
  if (bed.environment['DOCKER_HOST']) return {}
  const theirs = process.env['DOCKER_CONFIG'] || path.join(homedir(), '.docker')
  const { stdout } = await execa(bed.docker, ['context', 'show'], { env: bed.environment })
  await symlink(path.join(theirs, 'contexts'), path.join(configuration, 'contexts'))
  return { DOCKER_CONTEXT: stdout.trim() }
}

/** What people set for their own projects and snapshots has no say here. */
function withoutSettings(environment: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(
    Object.entries(environment).flatMap(([name, value]) =>
      value === undefined || /^(?:COMPOSE|DOCKER_VOL)_/.test(name) ? [] : [[name, value]],
    ),
  )
}

function composeFile(image: string): string {
  return `name: ${project}
services:
  db:
    image: ${image}
    environment:
      POSTGRES_PASSWORD: demo
      PGUSER: postgres
    volumes:
      - pgdata:/var/lib/postgresql/data
    healthcheck:
      test: [CMD, pg_isready, --host=127.0.0.1]
      interval: 1s
      retries: 90
    labels:
      ${label}: "1"
volumes:
  pgdata:
    labels:
      ${label}: "1"
`
}
