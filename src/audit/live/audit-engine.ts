import { createHash } from 'node:crypto'
import { auditProject } from '../audit.ts'
import type { Finding } from '../finding.ts'
import type { LoadedProject } from '../load.ts'
import type { Project } from '../model/project.ts'
import { rules } from '../rules/index.ts'
import type { AuditSettings } from '../settings/settings.ts'
import type { Audited } from './audit-loaded.ts'
import { linkLive, restOf } from './link.ts'
import type { ReadProjects } from './engine-projects.ts'
import type { Seen } from './seen.ts'

/** What is set beside a project's files. */
export type Own = {
  readonly settings: AuditSettings
  readonly baseline: Pick<ReadonlySet<string>, 'has'>
  /** What of it could not be read. */
  readonly notes: readonly string[]
}

/**
 * Audits all that is on an engine: each project whose files were read as it would be in its own folder, then whatever
 * else is there.
 */
export async function auditEngine(
  { projects, notes }: ReadProjects,
  seen: Seen,
  settings: AuditSettings,
  ownOf: (project: Project) => Promise<Own>,
): Promise<Audited & { readonly accepted: number }> {
  const told = [...notes]
  const audits: { readonly found: readonly Finding[]; readonly fresh: readonly Finding[] }[] = []
  for (const { project } of projects) {
    const own = await ownOf(project)
    told.push(...own.notes)
    const live = await linkLive(seen, project, own.settings.limits)
    const found = auditProject(project, own.settings, rules, live)
    const fresh = found.filter(({ fingerprint }) => !own.baseline.has(fingerprint))
    audits.push({ found, fresh: fresh.map((finding) => toldApart(finding, project)) })
  }
  const models = projects.map(({ project }) => project)
  const scope = restOf(seen, models)
  const rest = await linkLive(seen, undefined, settings.limits, scope)
  // Of a volume that projects have, too, those have said it.
  const found = auditProject(rest.written, settings, rules, rest).filter(
    ({ subject: { service, volume } }) =>
      service !== undefined || volume === undefined || !scope.shared.has(volume),
  )
  audits.push({ found, fresh: found })
  return {
    project: undefined,
    sources: models.flatMap(({ sources }) => sources),
    resolvedBy: readBy(projects),
    notes: told,
    live: true,
    findings: audits.flatMap(({ fresh }) => fresh),
    accepted: audits.reduce((sum, audit) => sum + audit.found.length - audit.fresh.length, 0),
  }
}

/** Within a project the same service of the same file is the same thing; on an engine there may be another. */
function toldApart(finding: Finding, { directory }: Project): Finding {
  const hash = createHash('sha256').update(`${directory}\0${finding.fingerprint}`)
  return { ...finding, fingerprint: hash.digest('hex').slice(0, 32) }
}

function readBy(projects: readonly LoadedProject[]): Audited['resolvedBy'] {
  const all = projects.length > 0 && projects.every(({ resolvedBy }) => resolvedBy === 'compose')
  return all ? 'compose' : 'docker vol'
}
