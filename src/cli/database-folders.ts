import { createHash } from 'node:crypto'
import { dataMount } from '../audit/model/coverage.ts'
import type { Project } from '../audit/model/project.ts'
import { databasesByImage } from '../databases/image-clues.ts'
import { databases } from '../databases/index.ts'
import { seenWith, type NamedFolders } from '../docker/folders-as-volumes.ts'
import { VolError } from '../errors.ts'
import type { Container, Engine, HostFolder, Volume } from '../facts.ts'

export type FoldersRequest = {
  readonly name: string
  /** What the project's files say; undefined where only the engine is asked. */
  readonly project?: Project | undefined
  /** Only folders of these services; of all when empty. */
  readonly services: readonly string[]
  readonly containers: readonly Container[]
}

/**
 * The folders of the host in which databases of a Compose project keep their data (bind mounts), by the names under which
 * their snapshots are kept.
 */
export function databaseFoldersOf(request: FoldersRequest): NamedFolders {
  const { name, project, services, containers } = request
  const isWanted = (service: string) => services.length === 0 || services.includes(service)
  const found: HostFolder[] = []
  for (const container of containers) {
    const { labels, binds = [] } = container
    const service = labels['com.docker.compose.service']
    if (labels['com.docker.compose.project'] !== name || service === undefined || !isWanted(service)) continue
    for (const { source, destination } of binds) {
      const folder = { path: source, service, destination }
      if (holdsDatabase(container, folder)) found.push(folder)
    }
  }
  for (const service of project?.services ?? []) {
    const mount = dataMount(service)
    if (mount?.type !== 'bind' || mount.source?.startsWith('/') !== true || !isWanted(service.name)) continue
    // What a container has really mounted counts for more than what the file says.
    if (found.some((folder) => folder.service === service.name)) continue
    found.push({ path: mount.source, service: service.name, destination: mount.target })
  }
  const byPath = new Map(found.toReversed().map((folder) => [folder.path, folder]))
  return new Map([...byPath.values()].map((folder) => [nameOf(name, folder), folder]))
}

/**
 * Fails with VOLUME_CONFLICT when the folders cannot be taken like volumes: the engine is another machine, whose folders
 * are not those that the project's files name, or a volume has one of the names.
 */
export function refuseFolders(
  folders: NamedFolders,
  { engine, volumes }: { readonly engine: Pick<Engine, 'endpoint'>; readonly volumes: readonly Volume[] },
): void {
  if (folders.size > 0 && !/^(?:unix|npipe):/.test(engine.endpoint))
    throw new VolError(
      'VOLUME_CONFLICT',
      `The engine at ${engine.endpoint} is not on this machine: --include-binds reads folders of this one.`,
      { suggestions: ['Run it where the engine is.'] },
    )
  const taken = volumes.find((volume) => folders.has(volume.name))
  if (taken !== undefined)
    throw new VolError('VOLUME_CONFLICT', `A volume has the name "${taken.name}", which a bind mount needs.`)
}

function holdsDatabase(container: Container, folder: HostFolder): boolean {
  const seen = seenWith(container, new Map([['the-folder', folder]]))
  return databasesByImage(databases, 'the-folder', seen).length > 0
}

/** As readable as a volume's name can be, and not that of another folder: `shop_db_var-lib-mysql_1f2e3d4c`. */
function nameOf(project: string, { service, destination }: HostFolder): string {
  const digest = createHash('sha256').update(`${project}\0${service}\0${destination}`).digest('hex')
  const place = destination.replaceAll(/[^\w.-]+/g, '-').replaceAll(/^-|-$/g, '')
  return `${project}_${service}_${place}_${digest.slice(0, 8)}`
}
