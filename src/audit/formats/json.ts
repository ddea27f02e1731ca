import { type Report, countFindings } from './report.ts'

/** One JSON object; docs/audit.md describes it. New fields may be added, none is ever removed or renamed. */
export function formatJson({
  project,
  sources,
  resolvedBy,
  notes,
  findings,
  accepted,
  version,
  live,
}: Report): string {
  const report = {
    SchemaVersion: 1,
    Version: version,
    Project: project ?? null,
    Files: sources.map(({ name }) => name),
    ResolvedBy: resolvedBy,
    Live: live,
    Notes: notes,
    Summary: { ...countFindings(findings), accepted },
    Findings: findings.map(({ rule, severity, message, cure, subject, place, fingerprint, fix }) => ({
      Rule: rule,
      Severity: severity,
      Message: message,
      Cure: cure,
      Service: subject.service ?? null,
      Target: subject.target ?? null,
      Volume: subject.volume ?? null,
      File: place.file,
      Line: place.line,
      Column: place.column,
      EndLine: place.endLine,
      EndColumn: place.endColumn,
      Fingerprint: fingerprint,
      Fixable: fix !== undefined,
    })),
  }
  return `${JSON.stringify(report, undefined, 2)}\n`
}
