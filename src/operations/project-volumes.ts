import { dataMount } from '../audit/model/coverage.ts'
import type { Project, Service } from '../audit/model/project.ts'
import type { NamedFolders } from '../docker/folders-as-volumes.ts'
import { VolError } from '../errors.ts'
import type { Container, Volume } from '../facts.ts'

export type ProjectRequest = {
  /** The project's name. */
  readonly name: string
  /** What its files say; undefined where only the engine is asked. */
  readonly project?: Project | undefined
  /** Only volumes of these services; all when empty. */
  readonly services: readonly string[]
  readonly containers: readonly Container[]
  readonly volumes: readonly Volume[]
  /** Folders of the host in which its databases keep their data, and whether they are taken as well. */
  readonly folders?: NamedFolders
  readonly includeFolders?: boolean
}

export type ProjectVolumes = {
  /** Names on the engine, in order, each once. */
  readonly volumes: readonly string[]
  /** What a reader should know of the choice, a sentence each. */
  readonly notes: readonly string[]
}

/**
 * The volumes of a Compose project: those that its files name, external ones too, and those that its containers really
 * mount, anonymous ones too. Fails with VOLUME_NOT_FOUND when there is none, and with USAGE for an unknown service.
 */
export function volumesOfProject(request: ProjectRequest): ProjectVolumes {
  const { name, project, services } = request
  const containers = request.containers.filter((container) => projectOf(container) === name)
  refuseUnknown(request, containers)
  const isWanted = (service: string | undefined) =>
    services.length === 0 || (service !== undefined && services.includes(service))
  const wanted = (project?.services ?? []).filter((service) => isWanted(service.name))
  const named = namedIn(project, wanted)
  const mounted = containers
    .filter(({ labels }) => isWanted(labels['com.docker.compose.service']))
    .flatMap(({ mounts }) => mounts.map(({ volume }) => volume))
  const labelled = request.volumes
    .filter(({ labels }) => labels['com.docker.compose.project'] === name)
    .map((volume) => volume.name)
  // Without files or services to narrow them, what the project once made belongs to it, used or not.
  const all = [
    ...named.keys(),
    ...mounted,
    ...(project === undefined && services.length === 0 ? labelled : []),
  ]
  const there = new Map(request.volumes.map((volume) => [volume.name, volume]))
  const known: NamedFolders = request.folders ?? new Map()
  const folders: NamedFolders = request.includeFolders === true ? known : new Map()
  const volumes = [...[...new Set(all)].filter((volume) => there.has(volume)), ...folders.keys()]
  if (volumes.length === 0)
    throw new VolError('VOLUME_NOT_FOUND', `The project "${name}" has no volume on this engine.`, {
      suggestions: ['docker compose ls --all shows the projects there are; docker vol ls their volumes.'],
    })
  return {
    volumes,
    notes: [
      ...[...named].filter(([volume]) => !there.has(volume)).map(([volume]) => `${volume} is not made yet.`),
      ...volumes
        .filter((volume) => there.has(volume))
        .flatMap((volume) => noteOn(volume, name, there.get(volume), request.containers)),
      ...[...folders].map(
        ([volume, { path, service }]) => `${volume} is ${path} of ${service}, a bind mount.`,
      ),
      ...uncovered(wanted, known, request.includeFolders === true),
    ],
  }
}

function refuseUnknown({ project, services, name }: ProjectRequest, containers: readonly Container[]): void {
  const known = new Set([
    ...(project?.services ?? []).map((service) => service.name),
    ...containers.map(({ labels }) => labels['com.docker.compose.service']),
  ])
  const unknown = services.find((service) => !known.has(service))
  if (unknown !== undefined) throw new VolError('USAGE', `The project "${name}" has no service "${unknown}".`)
}

/** The volumes that services mount by a key of the file, by their names on the engine. */
function namedIn(project: Project | undefined, services: readonly Service[]): ReadonlyMap<string, string> {
  const named = new Map<string, string>()
  for (const { mounts } of services)
    for (const { type, source } of mounts) {
      if (type !== 'volume' || source === undefined) continue
      const declared = project?.volumes.find(({ key }) => key === source)
      const plain = declared?.external === true ? source : `${project?.name}_${source}`
      named.set(declared?.name ?? plain, source)
    }
  return named
}

/** What is not the project's alone. */
function noteOn(
  volume: string,
  name: string,
  found: Volume | undefined,
  containers: readonly Container[],
): readonly string[] {
  const others = containers.filter(
    (container) => projectOf(container) !== name && container.mounts.some((mount) => mount.volume === volume),
  )
  const owner = found?.labels['com.docker.compose.project']
  return [
    ...(owner === name || found?.labels['com.docker.volume.anonymous'] !== undefined
      ? []
      : [`${volume} is external to the project.`]),
    ...others.map((other) => `${volume} is also used by "${other.name}".`),
  ]
}

/** Data of databases that lie in no volume, as the files say or else as containers have it. */
function uncovered(
  services: readonly Service[],
  folders: NamedFolders,
  areIncluded: boolean,
): readonly string[] {
  const inFiles = services.flatMap((service) => {
    const mount = dataMount(service)
    if (mount?.type !== 'bind') return []
    return [{ service: service.name, path: mount.sourceText ?? mount.source ?? 'a folder of the host' }]
  })
  const found = [...folders.values()]
  const told = areIncluded ? notOf(found, inFiles) : [...inFiles, ...notOf(inFiles, found)]
  const hint = areIncluded ? '' : '; --include-binds takes it, too'
  return told.map(
    ({ service, path }) => `${service} keeps its data in ${path}, a bind mount: it is not covered${hint}.`,
  )
}

/** Those of services that are not among the first. */
function notOf<Some extends { readonly service: string }>(
  known: readonly { readonly service: string }[],
  some: readonly Some[],
): readonly Some[] {
  return some.filter(({ service }) => !known.some((each) => each.service === service))
}

function projectOf({ labels }: Container): string | undefined {
  return labels['com.docker.compose.project']
}
