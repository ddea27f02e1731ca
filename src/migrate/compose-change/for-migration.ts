import path from 'node:path'
import type { Container } from '../../facts.ts'
import type { Migration } from '../migration.ts'
import type { ComposeChange } from './change.ts'
import { composeOrigins } from './origin.ts'
import type { ProjectReader } from './project.ts'
import { describeChange, proposeChange, type ComposeProposal } from './propose.ts'

/** How everything that describes the containers of a volume has to change with a migration. */
export type ContainerChanges = {
  /** One for each Compose project. */
  readonly proposals: readonly ComposeProposal[]
  /** What to do about containers that Compose did not make, or about the next one, a sentence each. */
  readonly byHand: readonly string[]
}

/** Works out how the containers that run the server are to be described. `into` is the new volume, if there is one. */
export async function changesForMigration(
  migration: Migration,
  into: string | undefined,
  reader: ProjectReader,
): Promise<ContainerChanges> {
  const servers = serversOf(migration)
  const proposals: ComposeProposal[] = []
  for (const origin of composeOrigins(servers))
    proposals.push(await proposeChange(origin, changeFor(migration, into, origin.services), reader))
  const others = servers.filter(({ labels }) => labels['com.docker.compose.project'] === undefined)
  const names = others.map(({ name }) => name)
  const described = names.length > 0 || servers.length === 0
  return { proposals, byHand: described ? describeChange(names, changeFor(migration, into, names)) : [] }
}

/** What the containers of a migrated volume are to be. */
export function changeFor(
  { observed, place, to }: Migration,
  into: string | undefined,
  services: readonly string[],
): ComposeChange {
  return {
    volume: observed.volume.name,
    services,
    image: to.reference,
    mountTarget: place.mountPath,
    dataDirectory: place.dataDirectory,
    imageDataDirectory: to.dataDirectory === '' ? place.dataDirectory : to.dataDirectory,
    ...(into === undefined ? {} : { into }),
  }
}

/**
 * Who runs a server on the volume: the one that was found, and what else is of its image, may write, and would find the
 * cluster where its server looks for it. One that mounts the volume elsewhere, to back it up say, stays as it is.
 */
function serversOf({ observed, cluster, from, serverContainer }: Migration): readonly Container[] {
  return observed.consumers.filter(
    (container) =>
      container.id === serverContainer?.id ||
      (container.imageId === from.id &&
        servesFrom(container, observed.volume.name, { path: cluster.path, usually: from.dataDirectory })),
  )
}

function servesFrom(
  { environment, mounts }: Container,
  name: string,
  cluster: { readonly path: string; readonly usually: string },
): boolean {
  const data = path.posix.join(environment['PGDATA'] ?? cluster.usually, '.')
  return mounts.some(
    ({ volume, readOnly, destination }) =>
      volume === name && !readOnly && path.posix.join(destination, cluster.path) === data,
  )
}
