import type { Container } from '../facts.ts'
import { list, readContainer, record, text } from './answers.ts'
import { runDocker, tryDocker, type DockerCommand } from './command.ts'
import { inspectAll } from './engine.ts'

/** One mount of a container, of whatever kind. */
export type InspectedMount = {
  readonly type: 'volume' | 'bind' | 'tmpfs' | 'other'
  /** The name of a volume, or a path of the engine's host; empty for a tmpfs. */
  readonly source: string
  readonly destination: string
  readonly readOnly: boolean
  /** `z`, `Z`, `nocopy` and the like, as they were given. */
  readonly mode: string
  /** The part of a volume that is mounted; empty for all of it. */
  readonly subpath: string
}

/** A container with what an audit asks about it. */
export type InspectedContainer = Container & {
  readonly allMounts: readonly InspectedMount[]
  readonly entrypoint: readonly string[]
  readonly command: readonly string[]
  /** As it was given; empty for the image's own, which is root unless the image says otherwise. */
  readonly user: string
}

export type InspectedImage = {
  readonly id: string
  readonly references: readonly string[]
  /** Paths that it declares as volumes. */
  readonly volumes: readonly string[]
  readonly environment: Readonly<Record<string, string>>
  readonly entrypoint: readonly string[]
  readonly command: readonly string[]
}

/** What a container has written into its own layer. */
export type LayerChange = { readonly kind: 'added' | 'changed' | 'deleted'; readonly path: string }

/** What an audit asks of docker. It only reads. */
export type Inspection = {
  /** IDs of the containers, running or not, that Compose made for a project from files in a directory. */
  ofProject(project: string, directory: string): Promise<readonly string[]>
  /** The files that a project's containers were made from, as Compose noted them; none when there is no container. */
  filesOf(project: string): Promise<readonly string[]>
  /** Every container of the engine. */
  containers(): Promise<readonly InspectedContainer[]>
  /** Images by reference or ID; those that are not there are left out. */
  images(references: readonly string[]): Promise<readonly InspectedImage[]>
  /** Undefined when the container went away meanwhile. */
  changes(container: string): Promise<readonly LayerChange[] | undefined>
  /** Bytes of the containers' own layers, by ID. The engine walks their files. */
  layerSizes(containers: readonly string[]): Promise<ReadonlyMap<string, number>>
}

/** The docker command line as the audit asks it. */
export function inspectionOf(docker: DockerCommand): Inspection {
  const ids = async (...filter: readonly string[]) =>
    lines(await runDocker(docker, ['ps', '--all', '--quiet', '--no-trunc', ...filter]))
  return {
    ofProject: async (project, directory) =>
      await ids(
        `--filter=label=com.docker.compose.project=${project}`,
        `--filter=label=com.docker.compose.project.working_dir=${directory}`,
      ),
    async filesOf(project) {
      const filter = `--filter=label=com.docker.compose.project=${project}`
      const format = '--format={{.Label "com.docker.compose.project.config_files"}}'
      const [first = ''] = lines(await runDocker(docker, ['ps', '--all', filter, format]))
      return first === '' ? [] : first.split(',')
    },
    containers: async () =>
      await inspectAll(docker, ['container', 'inspect'], await ids(), readInspectedContainer),
    images: async (references) =>
      await inspectAll(docker, ['image', 'inspect'], references, readInspectedImage),
    async changes(container) {
      const { stdout, error } = await tryDocker(docker, ['container', 'diff', container])
      return error === undefined ? lines(stdout).flatMap(readChange) : undefined
    },
    async layerSizes(containers) {
      const sized = await inspectAll(docker, ['container', 'inspect', '--size'], containers, readLayerSize)
      return new Map(sized)
    },
  }
}

function lines(output: string): readonly string[] {
  return output.split('\n').filter((line) => line !== '')
}

/** Docker's description of a container, as `docker container inspect` prints it. */
export function readInspectedContainer(answer: unknown): InspectedContainer {
  const container = record(answer)
  const config = record(container['Config'])
  const host = record(container['HostConfig'])
  return {
    ...readContainer(answer),
    allMounts: [
      ...list(container['Mounts']).map((mount) => readMount(mount, subpathsIn(host['Mounts']))),
      ...tmpfsMounts(host['Tmpfs']),
    ],
    entrypoint: list(config['Entrypoint']).map(text),
    command: list(config['Cmd']).map(text),
    user: text(config['User']),
  }
}

/** Docker's description of an image, as `docker image inspect` prints it. */
export function readInspectedImage(answer: unknown): InspectedImage {
  const image = record(answer)
  const config = record(image['Config'])
  return {
    id: text(image['Id']),
    references: [...list(image['RepoTags']), ...list(image['RepoDigests'])].map(text),
    volumes: Object.keys(record(config['Volumes'])),
    environment: variables(config['Env']),
    entrypoint: list(config['Entrypoint']).map(text),
    command: list(config['Cmd']).map(text),
  }
}

function readMount(answer: unknown, subpaths: ReadonlyMap<string, string>): InspectedMount {
  const mount = record(answer)
  const type = text(mount['Type'])
  return {
    type: type === 'volume' || type === 'bind' || type === 'tmpfs' ? type : 'other',
    source: type === 'volume' ? text(mount['Name']) : text(mount['Source']),
    destination: text(mount['Destination']),
    readOnly: mount['RW'] === false,
    mode: text(mount['Mode']),
    subpath: subpaths.get(text(mount['Destination'])) ?? '',
  }
}

/** Parts of volumes by where they are mounted: docker tells them only with what was asked for. */
function subpathsIn(answer: unknown): ReadonlyMap<string, string> {
  return new Map(
    list(answer)
      .map(record)
      .map((mount) => [text(mount['Target']), text(record(mount['VolumeOptions'])['Subpath'])]),
  )
}

/** `--tmpfs` is not among the mounts that docker lists. */
function tmpfsMounts(answer: unknown): readonly InspectedMount[] {
  return Object.entries(record(answer)).map(([destination, options]) => ({
    type: 'tmpfs',
    source: '',
    destination,
    readOnly: /(^|,)ro(,|$)/.test(text(options)),
    mode: text(options),
    subpath: '',
  }))
}

function readLayerSize(answer: unknown): readonly [string, number] {
  const container = record(answer)
  const bytes = container['SizeRw']
  return [text(container['Id']), typeof bytes === 'number' ? bytes : 0]
}

const kinds: Readonly<Record<string, LayerChange['kind']>> = { A: 'added', C: 'changed', D: 'deleted' }

function readChange(line: string): readonly LayerChange[] {
  const kind = kinds[line.slice(0, 1)]
  return kind === undefined ? [] : [{ kind, path: line.slice(2) }]
}

function variables(answer: unknown): Readonly<Record<string, string>> {
  return Object.fromEntries(
    list(answer).map((entry): [string, string] => {
      const [name = '', ...value] = text(entry).split('=')
      return [name, value.join('=')]
    }),
  )
}
