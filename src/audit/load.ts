import path from 'node:path'
import type { ComposeAnswer, ComposeRequest } from '../docker/compose.ts'
import { locateProject, type LocateRequest } from './locate.ts'
import { buildProject } from './model/build.ts'
import type { Project } from './model/project.ts'
import { align } from '../compose/align.ts'
import { readServiceEnvironments } from '../compose/environment-files.ts'
import { textOf, valueAt, type Mapping } from '../compose/node.ts'
import { readProject } from '../compose/read-project.ts'

export type LoadRequest = LocateRequest & {
  readonly projectName: string | undefined
  /** Asks Compose; left out where it shall not be asked. */
  readonly compose?: (request: ComposeRequest) => Promise<ComposeAnswer>
}

export type LoadedProject = {
  readonly project: Project
  /** Whose reading of the files it is. */
  readonly resolvedBy: 'compose' | 'docker vol'
  /** What could not be found out, and what follows. */
  readonly notes: readonly string[]
}

/** Compose takes tens of seconds for files not much larger, and an audit must end in a few. */
const mostForCompose = 256 * 1024
const tooLarge = 'The project is very large; the files were read without Docker Compose.'

/** Reads a project: Compose's model where there is Compose, our own reading else, both with places. */
export async function loadProject(request: LoadRequest): Promise<LoadedProject> {
  const { files, workingDirectory } = request
  const { projectFiles, directory, variables } = await locateProject(request)
  const nameOf = (file: string) => shownPath(file, workingDirectory)
  const reading = await readProject({ files, projectFiles, directory, variables, nameOf })
  const size = reading.sources.reduce((sum, { text }) => sum + text.length, 0)
  // Compose would fetch what lies elsewhere.
  const asked = size > mostForCompose || reading.incomplete ? undefined : request.compose
  const answer = await asked?.({
    fetchNothing: true,
    files: projectFiles.map((file) => file.path),
    ...(projectFiles.some((file) => file.path === '-')
      ? { input: projectFiles.find((file) => file.path === '-')?.text ?? '' }
      : {}),
    projectDirectory: directory,
    projectName: request.projectName,
    environmentFiles: request.environmentFiles.map((file) => path.resolve(workingDirectory, file)),
  })
  const resolved = answer !== undefined && 'model' in answer ? align(answer.model, reading.root) : undefined
  const root = resolved?.kind === 'map' ? resolved : reading.root
  const project = await buildProject({
    ...nameOfProject(request, reading.root, directory, variables),
    root,
    incomplete: reading.incomplete,
    sources: reading.sources,
    directory,
    files,
    home: variables.get('HOME'),
    environments: resolved === undefined ? await readServiceEnvironments(reading.root, files) : new Map(),
  })
  return {
    project,
    resolvedBy: resolved === undefined ? 'docker vol' : 'compose',
    notes: [
      ...noteOn(answer),
      ...(asked === request.compose || reading.incomplete ? [] : [tooLarge]),
      ...reading.notes,
    ],
  }
}

function noteOn(answer: ComposeAnswer | undefined): readonly string[] {
  if (answer === undefined || 'model' in answer) return []
  if ('absent' in answer) return ['Docker Compose is not there; the files were read without it.']
  return [`Compose refuses the project (${answer.refused}); the files were read without it.`]
}

/** -p, COMPOSE_PROJECT_NAME, `name:`, else the folder: in this order, as Compose has it. */
function nameOfProject(
  { projectName }: LoadRequest,
  root: Mapping,
  directory: string,
  variables: ReadonlyMap<string, string>,
): Pick<Project, 'name' | 'nameFrom'> {
  if (projectName !== undefined) return { name: projectName, nameFrom: 'flag' }
  const fromEnvironment = variables.get('COMPOSE_PROJECT_NAME')
  if (fromEnvironment !== undefined && fromEnvironment !== '')
    return { name: fromEnvironment, nameFrom: 'environment' }
  const written = textOf(valueAt(root, 'name'))
  if (written !== undefined && written !== '') return { name: written, nameFrom: 'file' }
  const folder = path
    .basename(directory)
    .toLowerCase()
    .replaceAll(/[^a-z0-9_-]/g, '')
    .replace(/^[_-]+/, '')
  return { name: folder, nameFrom: 'folder' }
}

/** Relative when it lies below where the user is. */
export function shownPath(file: string, workingDirectory: string): string {
  if (file === '-') return file
  const relative = path.relative(workingDirectory, file)
  return relative.startsWith('..') || path.isAbsolute(relative) ? file : relative
}
