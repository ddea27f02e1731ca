import process from 'node:process'
import { realFiles } from '../compose/files.ts'
import { resolveWithCompose, startWithCompose } from '../docker/compose.ts'
import { changesForMigration, type ContainerChanges } from '../migrate/compose-change/for-migration.ts'
import { writeChange } from '../migrate/compose-change/write.ts'
import { isVolError } from '../errors.ts'
import type { Migration } from '../migrate/migration.ts'
import { shownPath } from '../audit/load.ts'
import type { CommandContext } from './context.ts'
import { dockerCommandOf } from './docker-command.ts'

/** Reads the files of the projects to which the server's containers belong, as far as they are on this machine. */
export async function proposeComposeChanges(
  { environment }: CommandContext,
  migration: Migration,
  into: string | undefined,
): Promise<ContainerChanges> {
  const workingDirectory = process.cwd()
  const nameOf = (file: string) => shownPath(file, workingDirectory)
  return await changesForMigration(migration, into, { files: realFiles, environment, nameOf })
}

/** What a person has to do that no file can be edited for. */
export function leftByHand({ byHand, proposals }: ContainerChanges): readonly string[] {
  return [...proposals.flatMap((proposal) => proposal.byHand), ...byHand]
}

/** What is good to know of the changes. */
export function notesOn({ proposals }: ContainerChanges): readonly string[] {
  return proposals.flatMap(({ notes }) => notes)
}

/** Writes the edits; what could not be written, the reasons are returned. */
export async function writeComposeChanges(
  context: CommandContext,
  { proposals }: ContainerChanges,
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
  { proposals }: ContainerChanges,
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
