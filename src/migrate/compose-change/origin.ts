import path from 'node:path'
import type { Container } from '../../facts.ts'

/** Where a Compose project is described, as Compose noted it on the containers that it made. */
export type ComposeOrigin = {
  readonly project: string
  /** Absolute paths on the machine where Compose was called, the first first; none when they are not known. */
  readonly files: readonly string[]
  readonly directory: string
  /** The files that variables came from; none means `.env` in the directory, if there is one. */
  readonly environmentFiles: readonly string[]
  /** The services that the containers belong to. */
  readonly services: readonly string[]
}

/** The Compose projects of containers, by the labels of Compose. Containers of nobody's project are left out. */
export function composeOrigins(containers: readonly Container[]): readonly ComposeOrigin[] {
  const made = containers.filter(({ labels }) => labels[of('project')] !== undefined)
  const projects = Map.groupBy(made, ({ labels }) => labels[of('project')] ?? '')
  return [...projects].map(([project, members]) => {
    // The newest container knows best where the files are now.
    const [newest] = members.toSorted((one, other) => (one.startedAt < other.startedAt ? 1 : -1))
    const labels = newest?.labels ?? {}
    const directory = labels[of('project.working_dir')] ?? ''
    return {
      project,
      files: pathsIn(labels[of('project.config_files')]),
      directory,
      environmentFiles: pathsIn(labels[of('project.environment_file')]),
      services: [...new Set(members.map((each) => each.labels[of('service')] ?? ''))].filter(
        (service) => service !== '',
      ),
    }
  })
}

function of(label: string): string {
  return `com.docker.compose.${label}`
}

/** Compose joins them by commas. What came through standard input has no path, and then none of them is of use. */
function pathsIn(label: string | undefined): readonly string[] {
  const paths = (label ?? '').split(',').filter((each) => each !== '')
  return paths.every((each) => path.isAbsolute(each)) ? paths : []
}
