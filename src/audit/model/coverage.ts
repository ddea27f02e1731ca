/** Where what a container writes ends up. */
import { isWithin, type DeclaredVolume, type Mount, type Project, type Service } from './project.ts'

/**
 * The mount that holds a path of a container: the deepest one. A path that the image declares as a volume and that
 * nothing is mounted at gets an anonymous volume, even below a mount.
 */
export function mountHolding(service: Service, path: string): Mount | 'anonymous' | undefined {
  const mounted = deepest(service.mounts, path)
  const declared = (service.database?.declaredVolumes ?? [])
    .filter((each) => isWithin(path, each) && !service.mounts.some(({ target }) => target === each))
    .toSorted((one, other) => other.length - one.length)[0]
  if (declared !== undefined && declared.length > (mounted?.target.length ?? -1)) return 'anonymous'
  return mounted
}

/** The mount in which a database keeps its data; undefined when there is none or that cannot be told. */
export function dataMount(service: Service): Mount | undefined {
  const directory = service.database?.directory
  if (directory === undefined) return undefined
  const mount = mountHolding(service, directory)
  return mount === 'anonymous' ? undefined : mount
}

/** Whether a database's data outlives its container, as far as can be told. */
export function keepsData(service: Service): boolean {
  const mount = dataMount(service)
  return mount !== undefined && mount.type !== 'tmpfs'
}

/** The volume of the project that a mount is of. */
export function volumeOfMount(project: Project, mount: Mount): DeclaredVolume | undefined {
  if (mount.type !== 'volume' || mount.source === undefined) return undefined
  return volumesByKey(project).get(mount.source)
}

const volumeMaps = new WeakMap<Project, ReadonlyMap<string, DeclaredVolume>>()

function volumesByKey(project: Project): ReadonlyMap<string, DeclaredVolume> {
  const known = volumeMaps.get(project) ?? new Map(project.volumes.map((volume) => [volume.key, volume]))
  volumeMaps.set(project, known)
  return known
}

export type Use = { readonly service: Service; readonly mount: Mount }

/** Who mounts which volume, by its key. */
export function usesByVolume(project: Project): ReadonlyMap<string, readonly Use[]> {
  const uses = new Map<string, Use[]>()
  for (const service of project.services)
    for (const mount of service.mounts) {
      if (mount.type !== 'volume' || mount.source === undefined) continue
      const list = uses.get(mount.source)
      if (list === undefined) uses.set(mount.source, [{ service, mount }])
      else list.push({ service, mount })
    }
  return uses
}

/** Whether both can run at once: neither is bound to profiles that the other is not in. */
export function runTogether(one: Service, other: Service): boolean {
  if (one.profiles.length === 0 || other.profiles.length === 0) return true
  return one.profiles.some((profile) => other.profiles.includes(profile))
}

function deepest(mounts: readonly Mount[], path: string): Mount | undefined {
  return mounts
    .filter(({ target }) => isWithin(path, target))
    .toSorted((one, other) => other.target.length - one.target.length)[0]
}
