/** The Compose projects that an engine has containers of, and their files where these are here. */
import path from 'node:path'
import type { InspectedContainer } from '../../docker/inspection.ts'
import { isVolError } from '../../errors.ts'
import type { LoadedProject } from '../load.ts'

/** What Compose noted of a project on its containers. */
export type EngineProject = {
  readonly name: string
  /** Paths on the machine where Compose ran. */
  readonly files: readonly string[]
  readonly environmentFiles: readonly string[]
  /** Those that have containers. */
  readonly services: ReadonlySet<string>
}

const label = 'com.docker.compose'

/** The projects that containers belong to, by name. What was noted last counts: files may have moved. */
export function projectsOf(
  containers: readonly Pick<InspectedContainer, 'labels' | 'startedAt'>[],
): readonly EngineProject[] {
  const byProject = Map.groupBy(containers, ({ labels }) => labels[`${label}.project`] ?? '')
  byProject.delete('')
  return [...byProject]
    .map(([name, own]) => {
      const newest = own.reduce((one, other) => (other.startedAt > one.startedAt ? other : one))
      return {
        name,
        files: paths(newest.labels[`${label}.project.config_files`]),
        environmentFiles: paths(newest.labels[`${label}.project.environment_file`]),
        services: new Set(own.flatMap(({ labels }) => labels[`${label}.service`] ?? [])),
      }
    })
    .toSorted((one, other) => (one.name < other.name ? -1 : 1))
}

function paths(noted: string | undefined): readonly string[] {
  return (noted ?? '').split(',').filter((each) => each !== '')
}

export type ReadProjects = {
  readonly projects: readonly LoadedProject[]
  /** Why the files of the others tell nothing. */
  readonly notes: readonly string[]
}

/** How many calls of Compose are under way at once. */
const atOnce = 4

/**
 * Reads the files of projects. Those that are not here, or that say nothing of the containers there are, are left out:
 * the engine may be elsewhere, and another project may lie at the same path.
 */
export async function readEngineProjects(
  projects: readonly EngineProject[],
  load: (project: EngineProject) => Promise<LoadedProject>,
): Promise<ReadProjects> {
  const read = new Map<string, LoadedProject | string>()
  const rest = projects.values()
  const work = async () => {
    for (const project of rest) read.set(project.name, await readOne(project, load))
  }
  await Promise.all(Array.from({ length: atOnce }, work))
  const inOrder = projects.map(({ name }) => [name, read.get(name) ?? ''] as const)
  return {
    projects: inOrder.flatMap(([, result]) => (typeof result === 'string' ? [] : [result])),
    notes: inOrder.flatMap(([name, result]) =>
      typeof result === 'string'
        ? [`The files of the project "${name}" were not read, only its containers looked at: ${result}`]
        : result.notes.map((note) => `Of the project "${name}": ${note}`),
    ),
  }
}

async function readOne(
  project: EngineProject,
  load: (project: EngineProject) => Promise<LoadedProject>,
): Promise<LoadedProject | string> {
  const { files, services } = project
  if (files.length === 0) return 'Compose did not note which those are.'
  const away = files.find((file) => !path.isAbsolute(file))
  if (away !== undefined) return `"${away}" is no file of this machine.`
  try {
    const loaded = await load(project)
    const told = loaded.project.services.some(({ name }) => services.has(name))
    return told ? loaded : `${files.join(', ')} does not describe them.`
  } catch (error) {
    if (isVolError(error)) return error.message
    if (error instanceof Error && 'code' in error) return `${error.message}.`
    throw error
  }
}
