import { platform } from 'node:os'
import { VolError } from '../errors.ts'
import type { Container, Engine, Volume } from '../facts.ts'
import {
  list,
  readContainer,
  readEngine,
  readImage,
  readVolume,
  readVolumeSizes,
  record,
  text,
} from './answers.ts'
import { askDocker, jsonLines, runDocker, tryDocker, type DockerCommand } from './command.ts'
import type { Docker } from './docker.ts'
import { execute, executeReading } from './execute.ts'
import { startHelper } from './helper.ts'
import { lifeOf } from './life.ts'
import { helperLabel } from './observe.ts'
import { startWatchdog } from './watchdog.ts'

/** The oldest engine that this was written for: volume prune and `--mount` options changed before it. */
const oldestEngine = 23

/** The docker command line as the product uses it. */
export function dockerPort(docker: DockerCommand): Docker {
  let engine: Promise<Engine> | undefined
  let endpoint: Promise<string> | undefined
  const askEndpointOnce = () => (endpoint ??= askEndpoint(docker))

  const askEngine = async (): Promise<Engine> => {
    const [info, where] = await Promise.all([
      askDocker(docker, ['system', 'info', '--format', '{{json .}}']),
      askEndpointOnce(),
    ])
    const answer = readEngine(info[0], where)
    // Without a daemon `docker info` still succeeds and lists what it missed.
    const missed = list(record(info[0])['ServerErrors']).map(text).join('\n')
    if (answer.id === '')
      throw new VolError('DAEMON_UNREACHABLE', 'The docker daemon does not answer.', { output: missed })
    if (Number.parseInt(answer.version, 10) < oldestEngine)
      throw new VolError('DOCKER_TOO_OLD', `The engine is ${answer.version}; ${oldestEngine}.0 is needed.`)
    return answer
  }

  const port: Docker = {
    engine: () => (engine ??= askEngine()),

    async volumes() {
      const names = (await runDocker(docker, ['volume', 'ls', '--quiet']))
        .split('\n')
        .filter((name) => name !== '')
      return await inspectAll(docker, ['volume', 'inspect'], names, readVolume)
    },

    async volume(name) {
      // Docker makes a path of the API of the name, and asks for something else altogether.
      if (/^\.{0,2}$/.test(name)) return undefined
      const [found] = await inspectAll(docker, ['volume', 'inspect'], [name], readVolume)
      return found
    },

    async containers(volume) {
      const filter = volume === undefined ? [] : ['--filter', `volume=${volume}`]
      const listed = await runDocker(docker, ['ps', '--all', '--quiet', '--no-trunc', ...filter])
      const ids = listed.split('\n').filter((id) => id !== '')
      const found = await inspectAll(docker, ['container', 'inspect'], ids, readContainer)
      // The filter also takes a mount's destination, and parts of names.
      return volume === undefined ? found : found.filter((container) => mountsVolume(container, volume))
    },

    async consumers(volume) {
      const filter = ['--filter', `volume=${volume}`, '--format', `{{.ID}} {{.Label "${helperLabel}"}}`]
      const listed = await runDocker(docker, ['ps', '--all', '--no-trunc', ...filter])
      const ids = listed.split('\n').flatMap((line) => {
        const [id = '', operation = ''] = line.split(' ')
        return id === '' || operation !== '' ? [] : [id]
      })
      const found = await inspectAll(docker, ['container', 'inspect'], ids, readContainer)
      return found.filter((container) => mountsVolume(container, volume))
    },

    async containersLike(known) {
      const [listed, expected] = await Promise.all([
        runDocker(docker, ['ps', '--all', '--quiet', '--no-trunc']),
        inspectAll(docker, ['container', 'inspect'], known, readContainer),
      ])
      const ids = listed.split('\n').filter((id) => id !== '')
      const more = ids.filter((id) => !expected.some((container) => container.id === id))
      const found = await inspectAll(docker, ['container', 'inspect'], more, readContainer)
      return [...expected.filter(({ id }) => ids.includes(id)), ...found]
    },

    async image(reference) {
      const [found] = await inspectAll(docker, ['image', 'inspect'], [reference], readImage)
      return found
    },

    async pull(reference) {
      await runDocker(docker, ['pull', '--quiet', reference])
    },

    async volumeSizes() {
      const [answer] = await askDocker(docker, ['system', 'df', '--verbose', '--format', '{{json .}}'])
      return readVolumeSizes(answer)
    },

    async createVolume(volume: Pick<Volume, 'name' | 'driver' | 'options' | 'labels'>) {
      await runDocker(docker, [
        'volume',
        'create',
        `--driver=${volume.driver}`,
        ...Object.entries(volume.options).map(([key, value]) => `--opt=${key}=${value}`),
        ...Object.entries(volume.labels).map(([key, value]) => `--label=${key}=${value}`),
        '--',
        volume.name,
      ])
    },

    async removeVolume(name) {
      await runDocker(docker, ['volume', 'rm', '--', name])
    },

    ...lifeOf(docker),

    startWatchdog: async (request) => await startWatchdog(docker, request),

    async startHelper(request) {
      // On another system the engine runs in a virtual machine, and no pipe reaches into that.
      const nearby = platform() === 'linux' && (await askEndpointOnce()).startsWith('unix://')
      return await startHelper(docker, request, nearby && request.runsAs === undefined)
    },

    execute: (script) => execute(docker, script),
    executeReading: (script) => executeReading(docker, script),
  }
  return port
}

function mountsVolume(container: Container, volume: string): boolean {
  return container.mounts.some((mount) => mount.volume === volume)
}

/** Where the API is reached: what `-H`, DOCKER_HOST and the context come to. */
async function askEndpoint(docker: DockerCommand): Promise<string> {
  const answer = await runDocker(docker, ['context', 'inspect', '--format', '{{.Endpoints.docker.Host}}'])
  return answer.trim()
}

/** How many names go into one call: a command line has a limit. */
const namesPerCall = 1000

/**
 * Inspects many things in few calls. One that is not there, or went away since it was listed, is left out: docker
 * then fails but still prints the others.
 */
export async function inspectAll<Thing>(
  docker: DockerCommand,
  command: readonly string[],
  names: readonly string[],
  read: (answer: unknown) => Thing,
): Promise<readonly Thing[]> {
  const found: Thing[] = []
  for (let first = 0; first < names.length; first += namesPerCall) {
    const args = [...command, '--format', '{{json .}}', '--', ...names.slice(first, first + namesPerCall)]
    const { stdout, stderr, error } = await tryDocker(docker, args)
    if (error !== undefined && !onlyMissing(stderr)) throw error
    found.push(...jsonLines(stdout).map(read))
  }
  return found
}

function onlyMissing(stderr: string): boolean {
  const lines = stderr.split('\n').filter((line) => line.trim() !== '')
  return lines.length > 0 && lines.every((line) => /no such (volume|container|image|object)/i.test(line))
}
