import type { Finding } from './finding.ts'
import type { Project } from './model/project.ts'
import { onWhatRuns } from './live/on-what-runs.ts'
import type { Live } from './live/live.ts'
import { isLive, type Rule } from './rule.ts'
import { inOrder, runLiveRules, runRules } from './run.ts'
import { applyIgnores } from './settings/apply-ignores.ts'
import type { AuditSettings } from './settings/settings.ts'

/**
 * What there is to say about a project, and about what is there of it on an engine where that was looked at: rules as
 * the settings want them, less what is ignored.
 */
export function auditProject(
  project: Project,
  settings: AuditSettings,
  rules: readonly Rule[],
  live?: Live,
): readonly Finding[] {
  // An engine was described as if it were a project, and was written by nobody.
  const asked = live?.scope === 'engine' ? rules.filter(onWhatRuns) : rules
  const active = asked.filter(({ id }) => settings.severities.get(id) !== 'off')
  const found = [...runRules(project, active), ...(live === undefined ? [] : runLiveRules(live, active))]
  const looked = asked.filter((rule) => live !== undefined || !isLive(rule))
  const findings = applyIgnores(found, project, settings, rules, looked)
  return inOrder(
    findings.map((finding) => ({ ...finding, severity: severityOf(finding, settings) })),
    project,
  )
}

function severityOf({ rule, severity }: Finding, { severities }: AuditSettings): Finding['severity'] {
  const chosen = severities.get(rule)
  return chosen === undefined || chosen === 'off' ? severity : chosen
}
