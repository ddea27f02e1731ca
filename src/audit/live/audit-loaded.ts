import { auditProject } from '../audit.ts'
import type { Report } from '../formats/report.ts'
import type { LoadedProject } from '../load.ts'
import { rules } from '../rules/index.ts'
import type { AuditSettings } from '../settings/settings.ts'
import { linkLive } from './link.ts'
import type { Observed } from './observe.ts'

/** What a report says besides what is left of the findings. */
export type Audited = Pick<Report, 'project' | 'sources' | 'resolvedBy' | 'notes' | 'live' | 'findings'>

/** Audits a project, and what is there of it on an engine where that was looked at. */
export async function auditLoaded(
  { project, resolvedBy, notes }: LoadedProject,
  observed: Observed | undefined,
  settings: AuditSettings,
): Promise<Audited> {
  const seen = observed?.seen
  const live = seen === undefined ? undefined : await linkLive(seen, project, settings.limits)
  return {
    project: project.name,
    sources: project.sources,
    resolvedBy,
    notes: [...notes, ...(observed?.notes ?? [])],
    live: live !== undefined,
    findings: auditProject(project, settings, rules, live),
  }
}
