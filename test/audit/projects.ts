import { readdirSync } from 'node:fs'
import path from 'node:path'
import { auditProject } from '../../src/audit/audit.ts'
import type { Finding } from '../../src/audit/finding.ts'
import { loadProject, shownPath, type LoadedProject, type LoadRequest } from '../../src/audit/load.ts'
import { rules } from '../../src/audit/rules/index.ts'
import { readAuditSettings } from '../../src/audit/settings/settings.ts'
import { realFiles } from '../../src/compose/files.ts'

export const projectsFolder = path.join(import.meta.dirname, 'projects')

export const projectNames = readdirSync(projectsFolder)

/** Audits a project as the command does in its folder; without Compose unless it is given. */
export async function auditFolder(
  folder: string,
  more: Partial<LoadRequest> = {},
): Promise<LoadedProject & { readonly findings: readonly Finding[] }> {
  const loaded = await loadProject({
    files: realFiles,
    named: [],
    workingDirectory: folder,
    environment: { HOME: '/home/nobody' },
    environmentFiles: [],
    projectName: undefined,
    standardInput: async () => new Uint8Array(),
    ...more,
  })
  const settings = await readAuditSettings(folder, realFiles, rules, (file) => shownPath(file, folder))
  return { ...loaded, findings: auditProject(loaded.project, settings, rules) }
}
