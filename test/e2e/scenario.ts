/** What scenarios on a real engine are written with: `const bed = await scenario('restore')` at the top of the file. */
import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import process from 'node:process'
import { afterAll, inject } from 'vitest'
import type { Images } from '../bed/images.ts'
import { compose, type Compose, type ComposeFile } from './compose.ts'
import { removeRun, testLabel } from './leftovers.ts'
import { listTree, type Listing } from './listing.ts'
import { start, type RunOptions, type Running, type RunResult } from './running.ts'

export { batches, rounds } from './rounds.ts'

type Words = readonly string[] | readonly [...string[], RunOptions]

export type Scenario = {
  readonly images: Images
  /** Where the snapshots of this file's tests are. */
  readonly store: string
  /** Docker's configuration folder. */
  readonly configuration: string
  /** A folder for whatever the tests write. */
  readonly folder: string
  /** Begins the name of everything that this file makes. */
  readonly prefix: string
  /** With which every command runs. */
  readonly environment: Readonly<Record<string, string>>
  /** Runs `docker vol …` to its end. The last argument may be options. */
  vol(...words: Words): Promise<RunResult>
  /** Starts `docker vol …`, to be interrupted. */
  startVol(...words: Words): Running
  /** Runs docker, which must succeed. */
  docker(...words: Words): Promise<RunResult>
  /** Runs docker, whatever comes of it. */
  tryDocker(...words: Words): Promise<RunResult>
  /** A name that nobody has, for a volume, a container or a project. */
  name(part?: string): string
  /** Makes an empty volume and returns its name. */
  volume(part?: string, more?: { labels?: Texts; options?: Texts }): Promise<string>
  /** Starts a container and returns its name. */
  container(request: ContainerRequest): Promise<string>
  /** Runs a script as root in the Debian image with the volume at /volume, and returns what it printed. */
  shell(volume: string, script: string, ...args: readonly string[]): Promise<string>
  /** A Compose project of its own name. Nothing is started yet. */
  compose(file: ComposeFile, project?: string): Promise<Compose>
  /** Everything in a volume, listed without any of the product's code. */
  listing(volume: string): Promise<Listing>
  /** The volume's folder on this machine. */
  mountpoint(volume: string): Promise<string>
}

type Texts = Readonly<Record<string, string>>

export type ContainerRequest = {
  /** The Debian image unless given. */
  readonly image?: string
  readonly name?: string
  /** Volume to `/path` or `/path:ro`. */
  readonly volumes?: Texts
  /** A container that only waits unless given. */
  readonly command?: readonly string[]
  readonly labels?: Texts
  readonly environment?: Texts
  /** Further arguments of `docker run`. */
  readonly more?: readonly string[]
}

/** Prepares what the scenarios of a file need, and removes all of it after the last (KEEP_FAILED=1 keeps it). */
export async function scenario(topic: string): Promise<Scenario> {
  const bed = inject('bed')
  const id = inject('runId')
  const { product, home } = inject('installed')
  const prefix = `${id}-${topic}`
  const folder = await mkdtemp(path.join(tmpdir(), `docker-vol-${topic}-`))
  const configuration = path.join(folder, 'docker config')
  await linkPlugins(bed.environment['DOCKER_CONFIG'], path.join(product, 'bin', 'docker-vol'), configuration)
  const environment = {
    ...bed.environment,
    PATH: `${path.dirname(process.execPath)}:${bed.environment['PATH'] ?? process.env['PATH'] ?? ''}`,
    HOME: home,
    LC_ALL: 'C.UTF-8',
    DOCKER_CONFIG: configuration,
    DOCKER_VOL_HELPER_IMAGE: bed.images.debian,
  }
  const label = `${testLabel}=${id}`
  const begin = (before: readonly string[], words: Words): Running => {
    const { args, options } = argumentsAndOptions(words)
    return start(bed.docker, [...before, ...args], environment, options)
  }
  const tryDocker = (...words: Words) => begin([], words).ended
  const docker = async (...words: Words) => succeeded(words, await tryDocker(...words))
  let made = 0
  const name = (part = 'volume') => `${prefix}-${part}-${(made += 1)}`
  const mountpoint = async (volume: string) =>
    (await docker('volume', 'inspect', '--format', '{{.Mountpoint}}', volume)).stdout.trim()

  // oxlint-disable-next-line no-empty-pattern -- vitest reads fixtures out of the first parameter's text
  afterAll(async ({}, suite) => {
    const failed = suite.tasks.some((task) => task.result?.state === 'fail')
    if (failed && process.env['KEEP_FAILED']) {
      console.error(`kept: ${folder} and everything named ${prefix}-*`)
      return
    }
    await removeRun(bed, prefix)
    await rm(folder, { recursive: true, force: true })
  })

  return {
    images: bed.images,
    store: path.join(configuration, 'vol', 'snapshots'),
    configuration,
    folder,
    prefix,
    environment,
    vol: (...words) => begin(['vol'], words).ended,
    startVol: (...words) => begin(['vol'], words),
    docker,
    tryDocker,
    name,
    mountpoint,
    async volume(part, { labels = {}, options = {} } = {}) {
      const volume = name(part)
      await docker(
        'volume',
        'create',
        `--label=${label}`,
        ...flags('label', labels),
        ...flags('opt', options),
        volume,
      )
      return volume
    },
    async container(request) {
      const container = request.name ?? name('container')
      const { image, volumes = {}, command, labels = {}, environment: variables = {}, more = [] } = request
      const run = ['run', '--detach', '--init', '--pull=never', '--stop-timeout=2', `--name=${container}`]
      const given = [`--label=${label}`, ...flags('label', labels), ...flags('env', variables), ...more]
      const mounts = Object.entries(volumes).map(([volume, at]) => `--volume=${volume}:${at}`)
      const wait = image === undefined ? ['sleep', 'infinity'] : []
      await docker(...run, ...given, ...mounts, image ?? bed.images.debian, ...(command ?? wait))
      return container
    },
    async shell(volume, script, ...args) {
      const given = ['--rm', '--pull=never', '--network=none', '--cap-add=SYS_ADMIN', `--label=${label}`]
      const mount = [`--mount=type=volume,src=${volume},dst=/volume,volume-nocopy`, '--workdir=/volume']
      const shell = ['--entrypoint=sh', bed.images.debian, '-euc', script, 'sh', ...args]
      return (await docker('run', ...given, ...mount, ...shell)).stdout
    },
    compose: (file, project = name('project')) =>
      compose({ file, project, folder: path.join(folder, project), label, docker }),
    listing: async (volume) => await listTree(await mountpoint(volume)),
  }
}

/** Docker's folder as users have it: Compose, buildx and our plugin in `cli-plugins`. */
async function linkPlugins(
  theirs: string | undefined,
  launcher: string,
  configuration: string,
): Promise<void> {
  const plugins = path.join(configuration, 'cli-plugins')
  await mkdir(plugins, { recursive: true })
  await writeFile(path.join(configuration, 'config.json'), '{}\n')
  const from = theirs === undefined ? undefined : path.join(theirs, 'cli-plugins')
  for (const plugin of from === undefined ? [] : await readdir(from).catch((): string[] => []))
    if (plugin !== 'docker-vol') await symlink(path.join(from ?? '', plugin), path.join(plugins, plugin))
  await symlink(launcher, path.join(plugins, 'docker-vol'))
}

function argumentsAndOptions(words: Words): { args: string[]; options: RunOptions } {
  const args: string[] = []
  let options: RunOptions = {}
  for (const word of words)
    if (typeof word === 'string') args.push(word)
    else options = word
  return { args, options }
}

function flags(name: string, values: Texts): string[] {
  return Object.entries(values).map(([key, value]) => `--${name}=${key}=${value}`)
}

function succeeded(words: Words, result: RunResult): RunResult {
  if (result.exitCode === 0) return result
  const { args } = argumentsAndOptions(words)
  throw new Error(`docker ${args.join(' ')} ended with ${result.exitCode}:\n${result.stderr}`)
}
