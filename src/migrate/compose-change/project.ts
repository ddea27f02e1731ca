import path from 'node:path'
import { readServiceEnvironments } from '../../compose/environment-files.ts'
import type { Files } from '../../compose/files.ts'
import { parseEnvironmentFile } from '../../compose/interpolate.ts'
import { decodeText } from '../../compose/limits.ts'
import { entriesOf, isTrue, textOf, valueAt, type Mapping } from '../../compose/node.ts'
import { readProject } from '../../compose/read-project.ts'
import type { SourceFile } from '../../compose/source-file.ts'
import type { ComposeOrigin } from './origin.ts'

/** What reading a project needs of the machine. */
export type ProjectReader = {
  readonly files: Files
  /** That of the process: Compose puts its variables before those of files. */
  readonly environment: Readonly<Record<string, string | undefined>>
  /** How a path is shown. */
  readonly nameOf: (path: string) => string
}

/** A file of variables, as far as it is there. */
export type VariableFile = { readonly name: string; readonly text: string }

/** A project as its files describe it now. */
export type ReadProject = {
  readonly root: Mapping
  readonly sources: readonly SourceFile[]
  /** Whether parts of it lie elsewhere and were not read. */
  readonly incomplete: boolean
  /** What services get from `env_file`; undefined for a file that is not there. */
  readonly serviceEnvironments: ReadonlyMap<string, ReadonlyMap<string, string> | undefined>
  readonly environment: ProjectReader['environment']
  readonly variableFiles: readonly VariableFile[]
}

/**
 * Reads the files of a project, some of them with another text than on disk. Undefined when they are not on this
 * machine; fails as `readProject` does when they cannot be read.
 */
export async function readOrigin(
  origin: ComposeOrigin,
  reader: ProjectReader,
  replaced: ReadonlyMap<string, string> = new Map(),
): Promise<ReadProject | undefined> {
  const { files, environment, nameOf } = reader
  if (origin.files.length === 0) return undefined
  for (const file of origin.files) if ((await files.kind(file)) !== 'file') return undefined
  const variableFiles = await variableFilesOf(origin, reader)
  const fromFiles = variableFiles.flatMap(({ text }) => [...parseEnvironmentFile(text)])
  const own = Object.entries(environment).flatMap(([key, value]): [string, string][] =>
    value === undefined ? [] : [[key, value]],
  )
  const reading = await readProject({
    files: {
      ...files,
      read: async (file) => {
        const text = replaced.get(file)
        return text === undefined ? await files.read(file) : new TextEncoder().encode(text)
      },
    },
    projectFiles: origin.files.map((file) => ({ path: file })),
    directory: origin.directory,
    variables: new Map([...fromFiles, ...own]),
    nameOf,
  })
  return {
    ...reading,
    serviceEnvironments: await readServiceEnvironments(reading.root, files),
    environment,
    variableFiles,
  }
}

async function variableFilesOf(
  { environmentFiles, directory }: ComposeOrigin,
  { files, nameOf }: ProjectReader,
): Promise<readonly VariableFile[]> {
  const paths = environmentFiles.length > 0 ? environmentFiles : [path.join(directory, '.env')]
  const found: VariableFile[] = []
  for (const file of paths) {
    const bytes = await files.read(file)
    if (bytes !== undefined) found.push({ name: nameOf(file), text: decodeText(nameOf(file), bytes) })
  }
  return found
}

/** The key under which a project declares a volume of the engine; undefined when it declares none of that name. */
export function keyOfVolume(root: Mapping, project: string, volume: string): string | undefined {
  return entriesOf(valueAt(root, 'volumes')).find(({ key, value }) => {
    const external = valueAt(value, 'external')
    const name = textOf(valueAt(value, 'name') ?? valueAt(external, 'name'))
    if (name !== undefined) return name === volume
    return volume === (isTrue(external) ? key : `${project}_${key}`)
  })?.key
}
