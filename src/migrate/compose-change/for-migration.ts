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

/** Who runs a server on the volume: the one that was found, and what else is of its image and may write. */
function serversOf({ observed, from, serverContainer }: Migration): readonly Container[] {
  const { name } = observed.volume
  return observed.consumers.filter(
    ({ id, imageId, mounts }) =>
      id === serverContainer?.id ||
      (imageId === from.id && mounts.some(({ volume, readOnly }) => volume === name && !readOnly)),
  )
}
