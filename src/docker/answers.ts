import type { BindMount, Container, ContainerState, Engine, Image, Volume } from '../facts.ts'

/** Docker's JSON, read once at this edge. What is not there becomes empty, never `undefined` further in. */

type Unknown = Readonly<Record<string, unknown>>

export function readVolume(answer: unknown): Volume {
  const volume = record(answer)
  return {
    name: text(volume['Name']),
    driver: text(volume['Driver']),
    options: texts(volume['Options']),
    labels: texts(volume['Labels']),
    createdAt: text(volume['CreatedAt']),
    mountpoint: text(volume['Mountpoint']),
  }
}

export function readContainer(answer: unknown): Container {
  const container = record(answer)
  const config = record(container['Config'])
  const host = record(container['HostConfig'])
  const life = record(container['State'])
  const binds = bindsOf(container['Mounts'])
  return {
    id: text(container['Id']),
    // The engine writes names with a leading slash, a remnant of links.
    name: text(container['Name']).replace(/^\//, ''),
    image: text(config['Image']),
    imageId: text(container['Image']),
    state: state(text(life['Status'])),
    labels: texts(config['Labels']),
    environment: variables(config['Env']),
    mounts: list(container['Mounts'])
      .map(record)
      .filter((mount) => mount['Type'] === 'volume')
      .map((mount) => ({
        volume: text(mount['Name']),
        destination: text(mount['Destination']),
        readOnly: mount['RW'] === false,
      })),
    ...(binds.length === 0 ? {} : { binds }),
    startedAt: text(life['StartedAt']),
    finishedAt: text(life['FinishedAt']),
    exitCode: number(life['ExitCode']) ?? 0,
    outOfMemory: life['OOMKilled'] === true,
    health: healths.find((known) => known === record(life['Health'])['Status']) ?? '',
    restartPolicy: text(record(host['RestartPolicy'])['Name']),
    autoRemove: host['AutoRemove'] === true,
    stopTimeout: number(config['StopTimeout']),
  }
}

function bindsOf(mounts: unknown): readonly BindMount[] {
  return list(mounts)
    .map(record)
    .filter((mount) => mount['Type'] === 'bind')
    .map((mount) => ({
      source: text(mount['Source']),
      destination: text(mount['Destination']),
      readOnly: mount['RW'] === false,
    }))
}

/** `NAME=value` a string; the last of one name counts, as it does for the container. */
function variables(value: unknown): Record<string, string> {
  return Object.fromEntries(
    list(value).map((entry) => {
      const [name = '', ...rest] = text(entry).split('=')
      return [name, rest.join('=')]
    }),
  )
}

export function readImage(answer: unknown): Image {
  const image = record(answer)
  const config = record(image['Config'])
  return {
    id: text(image['Id']),
    repositoryDigests: list(image['RepoDigests']).map(text),
    environment: variables(config['Env']),
    entrypoint: list(config['Entrypoint']).map(text),
    command: list(config['Cmd']).map(text),
    volumes: Object.keys(record(config['Volumes'])),
  }
}

export function readEngine(info: unknown, endpoint: string): Engine {
  const engine = record(info)
  return {
    id: text(engine['ID']),
    version: text(engine['ServerVersion']),
    operatingSystem: text(engine['OSType']),
    architecture: text(engine['Architecture']),
    endpoint,
  }
}

/** The sizes in `docker system df -v --format json`; a volume of unknown size (-1, N/A) is left out. */
export function readVolumeSizes(answer: unknown): Map<string, number> {
  const sizes = new Map<string, number>()
  for (const volume of list(record(answer)['Volumes']).map(record)) {
    const bytes = parseSize(text(volume['Size']))
    if (bytes !== undefined) sizes.set(text(volume['Name']), bytes)
  }
  return sizes
}

/** The decimal size that the docker command line prints (`1.24GB`), in bytes. */
function parseSize(size: string): number | undefined {
  const match = /^([\d.]+)\s*([kMGTPE]?)B$/.exec(size)
  if (match === null) return undefined
  const power = ['', 'k', 'M', 'G', 'T', 'P', 'E'].indexOf(match[2] ?? '')
  return Math.round(Number(match[1]) * 1000 ** power)
}

export function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

export function record(value: unknown): Unknown {
  return isRecord(value) ? value : {}
}

function isRecord(value: unknown): value is Unknown {
  return typeof value === 'object' && value !== null
}

export function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

function texts(value: unknown): Record<string, string> {
  return Object.fromEntries(Object.entries(record(value)).map(([key, entry]) => [key, text(entry)]))
}

function number(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined
}

const healths = ['starting', 'healthy', 'unhealthy'] as const

const states: readonly ContainerState[] = [
  'created',
  'running',
  'paused',
  'restarting',
  'removing',
  'exited',
  'dead',
]

function state(value: string): ContainerState {
  return states.find((known) => known === value) ?? 'dead'
}
