import { foldersAsVolumes, type NamedFolders } from '../docker/folders-as-volumes.ts'
import type { World } from '../plan/world.ts'

/** The same world, in which folders of the engine's host can be read like volumes. */
export function worldWithFolders(world: World, folders: NamedFolders): World {
  return {
    ...world,
    docker: foldersAsVolumes(world.docker, folders),
    withSignal: (signal) => worldWithFolders(world.withSignal(signal), folders),
    withoutSignal: () => worldWithFolders(world.withoutSignal(), folders),
  }
}
