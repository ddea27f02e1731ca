import { auditProject } from '../audit.ts'
import type { Report } from '../formats/report.ts'
import type { LoadedProject } from '../load.ts'
import { rules } from '../rules/index.ts'
import type { AuditSettings } from '../settings/settings.ts'
import { linkLive } from './link.ts'
import type { Observed } from './observe.ts'

/** What a report says besides what is left of the findings. */
export type Audited = Pick<Report, 'project' | 'sources' | 'resolvedBy' | 'notes' | 'live' | 'findings'>

/** Audits a project, what is there of it on an engine, or, without a project, all that is there. */
export async function auditAll(
  loaded: LoadedProject | undefined,
  observed: Observed | undefined,
  settings: AuditSettings,
): Promise<Audited> {
  const seen = observed?.seen
  const live = seen === undefined ? undefined : await linkLive(seen, loaded?.project, settings.limits)
  const project = loaded?.project ?? live?.written
  if (project === undefined) throw new Error('There is neither a project nor an engine to audit.')
  return {
    project: loaded?.project.name,
    sources: project.sources,
    resolvedBy: loaded?.resolvedBy ?? 'docker vol',
    notes: [...(loaded?.notes ?? []), ...(observed?.notes ?? [])],
    live: live !== undefined,
    findings: auditProject(project, settings, rules, live),
  }
}
