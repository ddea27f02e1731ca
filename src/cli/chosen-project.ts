import process from 'node:process'
import { loadProject } from '../audit/load.ts'
import type { Project } from '../audit/model/project.ts'
import { realFiles } from '../compose/files.ts'
import { resolveWithCompose } from '../docker/compose.ts'
import { VolError } from '../errors.ts'
import type { CommandContext } from './context.ts'
import { dockerCommandOf } from './docker-command.ts'

/** The flags that name a project. */
export type ProjectChoice = {
  readonly file?: readonly string[] | undefined
  readonly 'project-name'?: string | undefined
  readonly 'env-file'?: readonly string[] | undefined
}

export type ChosenProject = {
  readonly name: string
  /** What its files say, when they are named. */
  readonly project?: Project
  readonly notes: readonly string[]
}

/** The project that the flags name, as Compose resolves its files. A name alone is looked for on the engine. */
export async function chosenProject(context: CommandContext, flags: ProjectChoice): Promise<ChosenProject> {
  const { file: named, 'project-name': projectName } = flags
  if (named === undefined) {
    if (projectName === undefined || projectName === '')
      throw new VolError('USAGE', 'Name the project with --project.')
    return { name: projectName, notes: [] }
  }
  const { project, notes } = await loadProject({
    files: realFiles,
    named,
    workingDirectory: process.cwd(),
    environment: context.environment,
    environmentFiles: flags['env-file'] ?? [],
    projectName,
    standardInput: async () => Buffer.concat(await context.terminal.stdin.toArray()),
    compose: async (wanted) =>
      await resolveWithCompose({ ...dockerCommandOf(context), signal: context.signal }, wanted),
  })
  return { name: project.name, project, notes }
}
