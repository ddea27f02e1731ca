/** For tests: reads an example of a rule as a project in memory, without Compose. */
import path from 'node:path'
import { auditProject } from './audit.ts'
import type { Finding } from './finding.ts'
import { loadProject, type LoadedProject, type LoadRequest } from './load.ts'
import type { Example } from './rule.ts'
import { rules } from './rules/index.ts'
import { readAuditSettings } from './settings/settings.ts'
import { memoryFiles } from '../compose/files.ts'

export const exampleFolder = '/home/me/shop'

/** `compose` answers for Compose, where an example needs that. */
export async function loadExample(
  example: Example,
  compose?: LoadRequest['compose'],
): Promise<LoadedProject> {
  return await loadProject({
    files: memoryFiles(contentsOf(example)),
    named: [],
    workingDirectory: exampleFolder,
    environment: { HOME: '/home/me' },
    environmentFiles: [],
    projectName: undefined,
    standardInput: async () => new Uint8Array(),
    ...(compose === undefined ? {} : { compose }),
  })
}

/** Everything that is found in an example. */
export async function auditExample(
  example: Example,
): Promise<LoadedProject & { findings: readonly Finding[] }> {
  const loaded = await loadExample(example)
  const files = memoryFiles(contentsOf(example))
  const settings = await readAuditSettings(exampleFolder, files, rules, (file) =>
    path.relative(exampleFolder, file),
  )
  return { ...loaded, findings: auditProject(loaded.project, settings, rules) }
}

function contentsOf({ compose, files = {} }: Example): Record<string, string> {
  return Object.fromEntries(
    Object.entries({ ...files, 'compose.yaml': compose }).map(([name, text]) => [
      path.join(exampleFolder, name),
      text,
    ]),
  )
}
