import path from 'node:path'
import type { Container } from '../../facts.ts'
import type { RanWith } from '../../snapshots/format.ts'
import type { ComposeChange } from './change.ts'
import type { ContainerChanges } from './for-migration.ts'
import { composeOrigins } from './origin.ts'
import type { ProjectReader } from './project.ts'
import { describeChange, proposeChange, type ComposeProposal } from './propose.ts'

/** A migration that is taken back. */
export type TakenBack = {
  readonly volume: string
  /** The containers that mount the volume now. */
  readonly consumers: readonly Container[]
  /** The image that it was migrated to, as it was asked for. */
  readonly to: string
  readonly ran: RanWith
}

/**
 * Works out how the containers of a volume are to be described again once its migration is taken back. Nothing is to be
 * changed where nobody has changed it for the migration.
 */
export async function changesBack(
  { volume, consumers, to, ran }: TakenBack,
  reader: ProjectReader,
): Promise<ContainerChanges> {
  const change = (services: readonly string[]): ComposeChange => ({
    volume,
    services,
    image: ran.image,
    mountTarget: ran.mountPath,
    dataDirectory: ran.dataDirectory,
    imageDataDirectory: ran.imageDataDirectory === '' ? ran.dataDirectory : ran.imageDataDirectory,
  })
  const servers = consumers.filter(
    (container) => [to, ran.image].includes(container.image) && servesFrom(container, volume),
  )
  const proposals: ComposeProposal[] = []
  for (const origin of composeOrigins(servers))
    proposals.push(await proposeChange(origin, change(origin.services), reader))
  const others = servers.filter(
    ({ image, labels }) => image !== ran.image && labels['com.docker.compose.project'] === undefined,
  )
  const names = others.map(({ name }) => name)
  const isUnknown = names.length > 0 || servers.length === 0
  return { proposals, byHand: isUnknown ? describeChange(names, change(names)) : [] }
}

/** Whether the data directory of a container's server lies in its mount of the volume. */
function servesFrom({ environment, mounts }: Container, name: string): boolean {
  const data = environment['PGDATA'] ?? ''
  return mounts.some(
    ({ volume, readOnly, destination }) =>
      volume === name && !readOnly && !path.posix.relative(destination, data).startsWith('..'),
  )
}
