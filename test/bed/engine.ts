import { mkdir, readdir, readlink, rm, symlink } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'

import { execa } from 'execa'

import { answers, runningDockerd, socketOf, startDockerd } from './dockerd.ts'
import { enginePackages, fetchEnginePackages } from './engine-packages.ts'
import { allProcesses, sharesOurNetwork } from './processes.ts'
import { timed } from './progress.ts'

/** Docker 28 speaks 1.48. */
const oldestApi = 1.48

export type Engine = {
  readonly docker: string
  readonly environment: Readonly<Record<string, string>>
  readonly own: boolean
}

/** The home folder of the engine that the bed itself starts. */
export const ownEngineHome = (cache: string) => join(cache, 'engine')

/** How to reach the bed's own engine, whether it runs or not. */
export function ownEngine(cache: string): Engine {
  const packages = enginePackages(cache)
  return {
    docker: packages.docker,
    own: true,
    environment: {
      DOCKER_HOST: `unix://${socketOf(ownEngineHome(cache))}`,
      DOCKER_CONFIG: configFolder(cache),
      // Empty means unset to docker: a caller's TLS settings must not reach a plain socket.
      DOCKER_TLS_VERIFY: '',
      PATH: pathWith(packages.path),
    },
  }
}

/** Whether the bed's own engine runs and answers. */
export async function ownEngineRuns(cache: string): Promise<boolean> {
  const home = ownEngineHome(cache)
  return (await runningDockerd(home)) !== undefined && answers(home)
}

/** The engine that the user's own environment leads to; undefined if none answers there. */
export async function usersEngine(): Promise<Engine | undefined> {
  const version = await execa('docker', ['version', '--format', '{{.Server.APIVersion}}'], {
    reject: false,
    timeout: 20_000,
  })
  if (version.exitCode !== 0) return undefined
  if (!(apiNumber(version.stdout) >= apiNumber(String(oldestApi)))) {
    throw new Error(`the Docker engine here speaks API ${version.stdout}; docker 28 or later is needed`)
  }
  for (const plugin of ['compose', 'buildx']) {
    const found = await execa('docker', [plugin, 'version'], { reject: false })
    if (found.exitCode !== 0) throw new Error(`the Docker here has no ${plugin} plugin; install it`)
  }
  const { stdout: docker } = await execa('sh', ['-c', 'command -v docker'])
  return { docker, environment: await usersEnvironment(dirname(docker)), own: false }
}

/** Starts the bed's own engine from Debian's packages, or finds it running. */
export async function startOwnEngine(cache: string): Promise<Engine> {
  const home = ownEngineHome(cache)
  await refuseBesideAnotherEngine(home)
  const { path, plugins } = await fetchEnginePackages(cache)
  await linkPlugins(plugins, configFolder(cache))
  if (!(await ownEngineRuns(cache))) {
    await timed('starting the engine', () => startDockerd({ home, path }))
  }
  return ownEngine(cache)
}

const configFolder = (cache: string) => join(cache, 'docker-config')

function apiNumber(version: string): number {
  const [major, minor] = version.split('.')
  return Number(major) * 1000 + Number(minor)
}

function pathWith(folders: readonly string[]): string {
  const rest = (process.env['PATH'] ?? '').split(':').filter((folder) => !folders.includes(folder))
  return [...folders, ...rest].join(':')
}

async function usersEnvironment(folder: string): Promise<Record<string, string>> {
  const environment: Record<string, string> = { PATH: pathWith([folder]) }
  const config = process.env['DOCKER_CONFIG']
  if (config) environment['DOCKER_CONFIG'] = config
  const format = '{{.Endpoints.docker.Host}}'
  const { stdout: host } = await execa('docker', ['context', 'inspect', '--format', format], {
    reject: false,
  })
  // A context may carry TLS files that an address alone does not; a local socket needs none.
  if (process.env['DOCKER_HOST']) environment['DOCKER_HOST'] = process.env['DOCKER_HOST']
  else if (host.startsWith('unix://')) environment['DOCKER_HOST'] = host
  return environment
}

async function linkPlugins(plugins: string, config: string): Promise<void> {
  const folder = join(config, 'cli-plugins')
  await mkdir(folder, { recursive: true })
  for (const name of await readdir(plugins)) {
    const link = join(folder, name)
    if ((await readlink(link).catch(() => undefined)) === join(plugins, name)) continue
    await rm(link, { force: true })
    await symlink(join(plugins, name), link)
  }
}

/** Two engines that both manage the bridge and the firewall take them away from each other. */
async function refuseBesideAnotherEngine(home: string): Promise<void> {
  const own = await runningDockerd(home)
  for (const { pid, argv } of await allProcesses()) {
    if (basename(argv[0] ?? '') !== 'dockerd' || pid === own) continue
    if (!(await sharesOurNetwork(pid))) continue
    throw new Error(`another dockerd runs here (process ${pid}); point DOCKER_HOST at it or stop it`)
  }
}
