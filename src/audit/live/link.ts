import type { Volume } from '../../facts.ts'
import type { DeclaredVolume, Project } from '../model/project.ts'
import type { Limits } from '../settings/limits.ts'
import { textOf, valueAt } from '../../compose/node.ts'
import { databaseInContainer } from './database-in-container.ts'
import { describeEngine, isAnonymous } from './describe.ts'
import type { Live, LiveContainer, LiveUse, LiveVolume } from './live.ts'
import type { Seen } from './seen.ts'

const label = { project: 'com.docker.compose.project', service: 'com.docker.compose.service' }

/**
 * Ties what was seen to the files of a project: its containers, the volumes that it has or mounts, and whoever else
 * mounts those. Without a project all that was seen counts.
 */
export async function linkLive(
  seen: Seen,
  project: Project | undefined,
  limits: Limits,
  inScope: Scope = scopeOf(seen, project),
): Promise<Live> {
  const names = new Set([...inScope.volumes].map(({ name }) => name))
  const concerned = seen.containers.filter(
    ({ id, mounts }) => inScope.containers.has(id) || mounts.some(({ volume }) => names.has(volume)),
  )
  // What no file declares is described, so that every finding has a place.
  const described = await describeEngine(concerned, [...inScope.volumes])
  const images = new Map(seen.images.map((image) => [image.id, image]))
  const services = new Map(described.services.map((service) => [service.name, service]))
  const own = new Map(project?.services.map((service) => [service.name, service]))
  const [stranger] = described.services
  const containers = concerned.flatMap((container): readonly LiveContainer[] => {
    const ofProject = container.labels[label.project]
    const service = container.labels[label.service]
    const written =
      (project !== undefined && ofProject === project.name && service !== undefined
        ? own.get(service)
        : undefined) ??
      services.get(container.name) ??
      stranger
    if (written === undefined) return []
    const inspectedImage = images.get(container.imageId)
    return [
      {
        ...container,
        written,
        project: ofProject,
        service,
        inspectedImage,
        imageContents: seen.imageContents.get(container.imageId),
        database: databaseInContainer(container, inspectedImage),
        layer: seen.layers.get(container.id),
      },
    ]
  })
  const uses = usesOf(containers)
  const places = new Map(described.volumes.map(({ key, at }) => [key, at]))
  const volumes = [...inScope.volumes].flatMap((volume): readonly LiveVolume[] => {
    const declared = inScope.declared.get(volume.name)
    const at = declared?.at ?? places.get(volume.name)
    if (at === undefined) return []
    return [
      {
        ...volume,
        at,
        declared,
        anonymous: volume.labels['com.docker.volume.anonymous'] !== undefined || isAnonymous(volume.name),
        project: volume.labels[label.project],
        uses: uses.get(volume.name) ?? [],
        contents: seen.contents.get(volume.name),
        snapshots: seen.snapshots?.get(volume.name) ?? [],
      },
    ]
  })
  return {
    scope: project === undefined ? 'engine' : 'project',
    written: project ?? described,
    containers: containers.filter(({ id }) => inScope.containers.has(id)),
    volumes,
    seen,
    limits,
  }
}

export type Scope = {
  /** IDs. */
  readonly containers: ReadonlySet<string>
  readonly volumes: ReadonlySet<Volume>
  /** Declarations in the project's files by the name that the volume has on the engine. */
  readonly declared: ReadonlyMap<string, DeclaredVolume>
}

/** What of an engine findings may be about. */
export function scopeOf(
  { containers, volumes }: Pick<Seen, 'containers' | 'volumes'>,
  project: Project | undefined,
): Scope {
  if (project === undefined)
    return {
      containers: new Set(containers.map(({ id }) => id)),
      volumes: new Set(volumes),
      declared: new Map(),
    }
  const own = containers.filter(({ labels }) => labels[label.project] === project.name)
  const declared = new Map(project.volumes.map((volume) => [nameOnEngine(volume, project), volume]))
  const mounted = new Set(own.flatMap(({ mounts }) => mounts.map(({ volume }) => volume)))
  return {
    containers: new Set(own.map(({ id }) => id)),
    volumes: new Set(
      volumes.filter(
        ({ name, labels }) =>
          labels[label.project] === project.name || mounted.has(name) || declared.has(name),
      ),
    ),
    declared,
  }
}

export type Rest = Scope & {
  /** Names of the volumes that projects have or mount, too. */
  readonly shared: ReadonlySet<string>
}

/** The containers of no project, the volumes of none, and those of projects that such containers mount. */
export function restOf(seen: Pick<Seen, 'containers' | 'volumes'>, projects: readonly Project[]): Rest {
  const scopes = projects.map((project) => scopeOf(seen, project))
  const strangers = seen.containers.filter(({ id }) => !scopes.some(({ containers }) => containers.has(id)))
  const mounted = new Set(strangers.flatMap(({ mounts }) => mounts.map(({ volume }) => volume)))
  const ofProjects = new Set(scopes.flatMap(({ volumes }) => [...volumes].map(({ name }) => name)))
  return {
    containers: new Set(strangers.map(({ id }) => id)),
    volumes: new Set(seen.volumes.filter(({ name }) => mounted.has(name) || !ofProjects.has(name))),
    declared: new Map(),
    shared: ofProjects,
  }
}

/** The name that Compose gives a volume, or that somebody chose for it. */
export function nameOnEngine(volume: DeclaredVolume, project: Pick<Project, 'name'>): string {
  // Compose's own model says it; where that is missing it is made as Compose makes it.
  const resolved = textOf(valueAt(volume.node, 'name'))
  return resolved ?? volume.name ?? (volume.external ? volume.key : `${project.name}_${volume.key}`)
}

function usesOf(containers: readonly LiveContainer[]): ReadonlyMap<string, readonly LiveUse[]> {
  const uses = new Map<string, LiveUse[]>()
  for (const container of containers)
    for (const mount of container.allMounts) {
      if (mount.type !== 'volume') continue
      const list = uses.get(mount.source)
      if (list === undefined) uses.set(mount.source, [{ container, mount }])
      else list.push({ container, mount })
    }
  return uses
}
