import path from 'node:path'
import { VolError } from '../errors.ts'
import { decodeText } from '../compose/limits.ts'
import type { Files } from '../compose/files.ts'
import { parseEnvironmentFile } from '../compose/interpolate.ts'
import type { ProjectFile } from '../compose/read-project.ts'

export type LocateRequest = {
  readonly files: Files
  /** What was named on the command line: files, folders, `-`. */
  readonly named: readonly string[]
  readonly workingDirectory: string
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly environmentFiles: readonly string[]
  readonly standardInput: () => Promise<Uint8Array>
}

export type Located = {
  readonly projectFiles: readonly ProjectFile[]
  readonly directory: string
  readonly variables: ReadonlyMap<string, string>
}

const standardNames = ['compose.yaml', 'compose.yml', 'docker-compose.yml', 'docker-compose.yaml']
const overrideNames = [
  'compose.override.yaml',
  'compose.override.yml',
  'docker-compose.override.yml',
  'docker-compose.override.yaml',
]

/** The files of the project that is meant: those named, those of COMPOSE_FILE, or those Compose would find. */
export async function locateProject(request: LocateRequest): Promise<Located> {
  const { files, workingDirectory, environment, environmentFiles } = request
  const own = new Map(
    Object.entries(environment).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])),
  )
  const local = await variablesOf(files, [path.join(workingDirectory, '.env')])
  const named = request.named.length > 0 ? request.named : composeFileOf(new Map([...local, ...own]))
  const projectFiles = await filesOf(request, named)
  const [first] = projectFiles
  if (first === undefined) throw nothingFound(workingDirectory)
  const directory = first.path === '-' ? workingDirectory : path.dirname(first.path)
  const chosen =
    environmentFiles.length > 0
      ? environmentFiles.map((file) => path.resolve(workingDirectory, file))
      : [path.join(directory, '.env')]
  return {
    projectFiles,
    directory,
    variables: new Map([...(await variablesOf(files, chosen)), ...own]),
  }
}

/** Whether Compose would find a project's file in a folder or above it. */
export async function hasProjectFiles(files: Files, folder: string): Promise<boolean> {
  return (await findUpwards(files, folder)).length > 0
}

async function filesOf(request: LocateRequest, named: readonly string[]): Promise<readonly ProjectFile[]> {
  const { files, workingDirectory } = request
  if (named.length === 0) return await findUpwards(files, workingDirectory)
  const found: ProjectFile[] = []
  for (const name of new Set(named)) {
    if (name === '-') {
      found.push({ path: '-', text: decodeText('-', await request.standardInput()) })
      continue
    }
    const full = path.resolve(workingDirectory, name)
    const kind = await files.kind(full)
    if (kind === undefined)
      throw new VolError('FAILED', `There is no file "${name}".`, {
        suggestions: ['Name a Compose file, or run docker vol audit in the folder of a project.'],
      })
    if (kind !== 'directory') found.push({ path: full })
    else {
      const inside = await standardFiles(files, full)
      if (inside.length === 0) throw nothingFound(full)
      found.push(...inside)
    }
  }
  return found
}

async function findUpwards(files: Files, from: string): Promise<readonly ProjectFile[]> {
  for (let at = from; ; at = path.dirname(at)) {
    const found = await standardFiles(files, at)
    if (found.length > 0 || at === path.dirname(at)) return found
  }
}

/** The first of each list that is there, as Compose takes them. */
async function standardFiles(files: Files, directory: string): Promise<readonly ProjectFile[]> {
  const first = async (names: readonly string[]): Promise<ProjectFile | undefined> => {
    for (const name of names) {
      const full = path.join(directory, name)
      if ((await files.kind(full)) === 'file') return { path: full }
    }
    return undefined
  }
  const main = await first(standardNames)
  if (main === undefined) return []
  const override = await first(overrideNames)
  return override === undefined ? [main] : [main, override]
}

function composeFileOf(variables: ReadonlyMap<string, string>): readonly string[] {
  const listed = variables.get('COMPOSE_FILE')
  if (listed === undefined || listed === '') return []
  return listed.split(variables.get('COMPOSE_PATH_SEPARATOR') || path.delimiter).filter((name) => name !== '')
}

async function variablesOf(files: Files, paths: readonly string[]): Promise<Map<string, string>> {
  const values = new Map<string, string>()
  for (const each of paths) {
    const bytes = await files.read(each)
    if (bytes === undefined) continue
    for (const [name, value] of parseEnvironmentFile(decodeText(each, bytes))) values.set(name, value)
  }
  return values
}

function nothingFound(directory: string): VolError {
  return new VolError('FAILED', `There is no Compose file in ${directory} or above it.`, {
    suggestions: ['Name one: docker vol audit FILE; - reads standard input.'],
  })
}
