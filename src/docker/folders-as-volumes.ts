import type { Container, HostFolder, Volume, VolumeMount } from '../facts.ts'
import { VolError } from '../errors.ts'
import type { Docker } from './docker.ts'
import { isHelper } from './observe.ts'

/** Folders of the engine's host by the names that they are to have as volumes; no volume has one of these names. */
export type NamedFolders = ReadonlyMap<string, HostFolder>

/**
 * A docker in which folders of the host look like volumes, to be read alone: whoever has one mounted, or a folder in it
 * or above it, has a volume of that name mounted, and a helper that asks for the volume gets the folder.
 */
export function foldersAsVolumes(docker: Docker, folders: NamedFolders): Docker {
  const made = [...folders].map(([name, folder]) => asVolume(name, folder))
  const seen = (containers: readonly Container[]) => containers.map((each) => seenWith(each, folders))
  const containers = async (volume?: string) => {
    if (volume === undefined || !folders.has(volume)) return seen(await docker.containers(volume))
    return seen(await docker.containers()).filter(({ mounts }) =>
      mounts.some((mount) => mount.volume === volume),
    )
  }
  return {
    ...docker,
    volumes: async () => [...(await docker.volumes()), ...made],
    volume: async (name) => made.find((each) => each.name === name) ?? (await docker.volume(name)),
    containers,
    async consumers(volume) {
      if (!folders.has(volume)) return seen(await docker.consumers(volume))
      return (await containers(volume)).filter((container) => !isHelper(container))
    },
    containersLike: async (known) => seen(await docker.containersLike(known)),
    async startHelper(request) {
      const mounts = request.mounts.map((mount) => {
        const folder = folders.get(mount.volume)
        if (folder === undefined) return mount
        if (!mount.readOnly) throw new VolError('FAILED', `The folder ${folder.path} is only read.`)
        return { ...mount, folder: folder.path }
      })
      return await docker.startHelper({ ...request, mounts })
    },
  }
}

function asVolume(name: string, folder: HostFolder): Volume {
  return { name, driver: 'local', options: {}, labels: {}, createdAt: '', mountpoint: folder.path, folder }
}

/** A container with the folders among its volumes. */
export function seenWith(container: Container, folders: NamedFolders): Container {
  const { binds = [] } = container
  const more = binds.flatMap(({ source, destination, readOnly }): readonly VolumeMount[] =>
    [...folders].flatMap(([volume, { path }]) => {
      if (isWithin(source, path)) return [{ volume, destination, readOnly }]
      const below = path.slice(source.replace(/\/$/, '').length)
      return isWithin(path, source)
        ? [{ volume, destination: `${destination.replace(/\/$/, '')}${below}`, readOnly }]
        : []
    }),
  )
  return more.length === 0 ? container : { ...container, mounts: [...container.mounts, ...more] }
}

/** Whether a path is a folder, or lies in it. */
function isWithin(path: string, folder: string): boolean {
  return path === folder || folder === '/' || path.startsWith(`${folder.replace(/\/$/, '')}/`)
}
