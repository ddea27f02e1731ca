/** For tests: reads an example of a rule as a project in memory, without Compose. */
import path from 'node:path'
import { loadProject, type LoadedProject } from './load.ts'
import type { Example } from './rule.ts'
import { memoryFiles } from './source/files.ts'

export const exampleFolder = '/home/me/shop'

export async function loadExample({ compose, files = {} }: Example): Promise<LoadedProject> {
  const contents = Object.fromEntries(
    Object.entries({ ...files, 'compose.yaml': compose }).map(([name, text]) => [
      path.join(exampleFolder, name),
      text,
    ]),
  )
  return await loadProject({
    files: memoryFiles(contents),
    named: [],
    workingDirectory: exampleFolder,
    environment: { HOME: '/home/me' },
    environmentFiles: [],
    projectName: undefined,
    standardInput: async () => new Uint8Array(),
  })
}
