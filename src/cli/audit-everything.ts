/** `audit --all`: the projects on the engine, read from their files where these are here, and whatever else is there. */
import { auditEngine, type Own } from '../audit/live/audit-engine.ts'
import type { Audited } from '../audit/live/audit-loaded.ts'
import { projectsOf, readEngineProjects, type EngineProject } from '../audit/live/engine-projects.ts'
import { loadProject, shownPath, type LoadedProject } from '../audit/load.ts'
import { rules } from '../audit/rules/index.ts'
import { readBaseline } from '../audit/settings/baseline.ts'
import { defaultSettings, readAuditSettings, type AuditSettings } from '../audit/settings/settings.ts'
import { realFiles } from '../compose/files.ts'
import { resolveWithCompose } from '../docker/compose.ts'
import { inspectionOf } from '../docker/inspection.ts'
import { isVolError } from '../errors.ts'
import { observeEngine, type Asked } from './audited-engine.ts'
import type { CommandContext } from './context.ts'
import { dockerCommandOf } from './docker-command.ts'

/** What is found on all of an engine, and how much the baselines of its projects accept. */
export async function auditEverything(
  context: CommandContext,
  asked: Asked,
  settings: AuditSettings,
  workingDirectory: string,
): Promise<Audited & { readonly accepted: number }> {
  const containers = await inspectionOf(dockerCommandOf(context)).containers()
  const read = await readEngineProjects(projectsOf(containers), async (project) =>
    loadNoted(context, project, workingDirectory),
  )
  const models = read.projects.map(({ project }) => project)
  const observed = await observeEngine(context, asked, undefined, models)
  if (observed?.seen === undefined) throw new Error('An engine that was asked for was not looked at.')
  const audited = await auditEngine(read, observed.seen, settings, async ({ directory }) =>
    ownOf(directory, (file) => shownPath(file, workingDirectory)),
  )
  return { ...audited, notes: [...audited.notes, ...observed.notes] }
}

/** What is set beside a project; a slip there is told of, and keeps nobody from the findings of others. */
async function ownOf(directory: string, nameOf: (file: string) => string): Promise<Own> {
  try {
    const settings = await readAuditSettings(directory, realFiles, rules, nameOf)
    return { settings, baseline: (await readBaseline(settings.baseline, realFiles)) ?? new Set(), notes: [] }
  } catch (error) {
    if (!isVolError(error)) throw error
    const notes = [`Settings beside a project were left out: ${error.message}`]
    return { settings: defaultSettings(directory), baseline: new Set(), notes }
  }
}

/** Reads a project as Compose did when it made the containers, whatever is set for a project here. */
async function loadNoted(
  context: CommandContext,
  { name, files, environmentFiles }: EngineProject,
  workingDirectory: string,
): Promise<LoadedProject> {
  const variables = Object.entries(context.environment).filter(([key]) => !key.startsWith('COMPOSE_'))
  const load = async (projectName: string | undefined) =>
    loadProject({
      files: realFiles,
      named: files,
      workingDirectory,
      environment: Object.fromEntries(variables),
      environmentFiles,
      projectName,
      standardInput: async () => new Uint8Array(),
      compose: async (wanted) =>
        resolveWithCompose(dockerCommandOf(context), { ...wanted, projectName: name }),
    })
  const loaded = await load(undefined)
  // Somebody chose another name than the files have.
  return loaded.project.name === name ? loaded : await load(name)
}
