import process from 'node:process'
import { realFiles } from '../compose/files.ts'
import { resolveWithCompose, startWithCompose } from '../docker/compose.ts'
import { changesForMigration, type ContainerChanges } from '../migrate/compose-change/for-migration.ts'
import type { ProjectReader } from '../migrate/compose-change/project.ts'
import { diffOf } from '../migrate/compose-change/propose.ts'
import { writeChange } from '../migrate/compose-change/write.ts'
import { isVolError } from '../errors.ts'
import type { Migration } from '../migrate/migration.ts'
import { shownPath } from '../audit/load.ts'
import type { CommandContext } from './context.ts'
import { dockerCommandOf } from './docker-command.ts'

/** Reads the files of the projects to which the server's containers belong, as far as they are on this machine. */
export async function proposeComposeChanges(
  context: CommandContext,
  migration: Migration,
  into: string | undefined,
): Promise<ContainerChanges> {
  return await changesForMigration(migration, into, projectReader(context))
}

/** Reads the files of Compose projects, and names them as they are seen from here. */
export function projectReader({ environment }: CommandContext): ProjectReader {
  const workingDirectory = process.cwd()
  return { files: realFiles, environment, nameOf: (file) => shownPath(file, workingDirectory) }
}

/** The edits as one diff; empty when there are none. */
export function diffsOf({ proposals }: ContainerChanges): string {
  return proposals.map((proposal) => diffOf(proposal)).join('')
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
