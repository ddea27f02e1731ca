import { errorKinds, VolError } from '../errors.ts'
import type { Container, ObservedVolume } from '../facts.ts'
import { checkVolumeName } from '../snapshots/volume-name.ts'
import { suggest } from '../suggest.ts'
import type { Docker } from './docker.ts'

/** The label by which a helper container is known. Its value is the operation. */
export const helperLabel = 'docker-vol.operation'

/** Looks at one volume; undefined when there is none of that name. Never makes it. */
export async function observeVolume(docker: Docker, name: string): Promise<ObservedVolume | undefined> {
  checkVolumeName(name)
  const [volume, containers] = await Promise.all([docker.volume(name), docker.containers(name)])
  if (volume === undefined) return undefined
  return {
    volume,
    consumers: containers.filter((container) => !isHelper(container)),
    helpers: containers.filter(isHelper),
  }
}

/** Looks at volumes that must be there: VOLUME_NOT_FOUND otherwise, naming near misses. */
export async function observeVolumes(
  docker: Docker,
  names: readonly string[],
): Promise<readonly ObservedVolume[]> {
  const found = await Promise.all(names.map((name) => observeVolume(docker, name)))
  const missing = names.find((_, index) => found[index] === undefined)
  if (missing !== undefined) {
    const volumes = await docker.volumes()
    const [near] = suggest(
      missing,
      volumes.map(({ name }) => name),
    )
    throw volumeNotFound(missing, near)
  }
  return found.filter((observed) => observed !== undefined)
}

/** Looks at every volume of the engine, in a handful of calls however many there are. */
export async function observeAll(docker: Docker): Promise<readonly ObservedVolume[]> {
  const [volumes, containers] = await Promise.all([docker.volumes(), docker.containers()])
  const mounting = new Map<string, Container[]>()
  for (const container of containers)
    for (const name of new Set(container.mounts.map(({ volume }) => volume))) {
      const list = mounting.get(name)
      if (list === undefined) mounting.set(name, [container])
      else list.push(container)
    }
  return volumes.map((volume) => {
    const all = mounting.get(volume.name) ?? []
    return {
      volume,
      consumers: all.filter((container) => !isHelper(container)),
      helpers: all.filter(isHelper),
    }
  })
}

/** `near` is what was probably meant. */
export function volumeNotFound(name: string, near?: string): VolError {
  return new VolError(
    'VOLUME_NOT_FOUND',
    `There is no volume "${name}" on this engine.`,
    near === undefined ? {} : { suggestions: [`Did you mean ${near}?`, errorKinds.VOLUME_NOT_FOUND.hint] },
  )
}

export function isHelper(container: Container): boolean {
  return container.labels[helperLabel] !== undefined
}
