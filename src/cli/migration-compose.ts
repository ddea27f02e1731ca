import process from 'node:process'
import { realFiles } from '../compose/files.ts'
import { resolveWithCompose, startWithCompose } from '../docker/compose.ts'
import { composeOrigins } from '../migrate/compose-change/origin.ts'
import type { ComposeChange } from '../migrate/compose-change/change.ts'
import { describeChange, proposeChange, type ComposeProposal } from '../migrate/compose-change/propose.ts'
import { writeChange } from '../migrate/compose-change/write.ts'
import { isVolError } from '../errors.ts'
import type { Migration } from '../migrate/migration.ts'
import { shownPath } from '../audit/load.ts'
import type { CommandContext } from './context.ts'
import { dockerCommandOf } from './docker-command.ts'

/** How the Compose projects that run the server have to change; none when it is run without Compose. */
export type ComposeChanges = {
  readonly change: ComposeChange
  readonly proposals: readonly ComposeProposal[]
}

/** Reads the files of the projects to which the server's containers belong, as far as they are on this machine. */
export async function proposeComposeChanges(
  { environment }: CommandContext,
  { observed, from, to, place, serverContainer }: Migration,
  into: string | undefined,
): Promise<ComposeChanges> {
  const { name } = observed.volume
  const servers = observed.consumers.filter(
    ({ imageId, id }) => imageId === from.id || id === serverContainer?.id,
  )
  const change: ComposeChange = {
    volume: name,
    services: [],
    image: to.reference,
    mountTarget: place.mountPath,
    dataDirectory: place.dataDirectory,
    imageDataDirectory: to.dataDirectory === '' ? place.dataDirectory : to.dataDirectory,
    ...(into === undefined ? {} : { into }),
  }
  const proposals: ComposeProposal[] = []
  for (const origin of composeOrigins(servers)) {
    const reader = { files: realFiles, environment, nameOf: (file: string) => shownPath(file, process.cwd()) }
    proposals.push(await proposeChange(origin, { ...change, services: origin.services }, reader))
  }
  return { change, proposals }
}

/** What a person has to do that no file can be edited for. */
export function leftByHand({ change, proposals }: ComposeChanges): readonly string[] {
  return proposals.length === 0 ? describeChange([], change) : proposals.flatMap(({ byHand }) => byHand)
}

/** Writes the edits; what could not be written, the reasons are returned. */
export async function writeComposeChanges(
  context: CommandContext,
  { proposals }: ComposeChanges,
): Promise<readonly string[]> {
  const docker = { ...dockerCommandOf(context), signal: context.signal }
  const failures: string[] = []
  for (const proposal of proposals)
    try {
      await writeChange(proposal, (request) => resolveWithCompose(docker, request))
    } catch (error) {
      if (!isVolError(error)) throw error
      failures.push(error.message, ...error.suggestions)
    }
  return failures
}

/** Has Compose recreate the services that run the server. Fails with DOCKER_FAILED. */
export async function upComposeServices(
  context: CommandContext,
  { proposals }: ComposeChanges,
): Promise<void> {
  const docker = { ...dockerCommandOf(context), signal: context.signal }
  for (const { origin } of proposals)
    await startWithCompose(
      docker,
      {
        files: origin.files,
        projectDirectory: origin.directory,
        projectName: origin.project,
        environmentFiles: origin.environmentFiles,
      },
      origin.services,
    )
}
