import type { Finding } from './finding.ts'
import type { Project } from './model/project.ts'
import type { Rule } from './rule.ts'
import { inOrder, runRules } from './run.ts'
import { applyIgnores } from './settings/apply-ignores.ts'
import type { AuditSettings } from './settings/settings.ts'

/** What there is to say about a project: rules as the settings want them, less what is ignored. */
export function auditProject(
  project: Project,
  settings: AuditSettings,
  rules: readonly Rule[],
): readonly Finding[] {
  const active = rules.filter(({ id }) => settings.severities.get(id) !== 'off')
  const findings = applyIgnores(runRules(project, active), project, settings, rules)
  return inOrder(
    findings.map((finding) => ({ ...finding, severity: severityOf(finding, settings) })),
    project,
  )
}

function severityOf({ rule, severity }: Finding, { severities }: AuditSettings): Finding['severity'] {
  const chosen = severities.get(rule)
  return chosen === undefined || chosen === 'off' ? severity : chosen
}
