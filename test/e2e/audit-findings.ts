import { expect } from 'vitest'
import type { Compose } from './compose.ts'
import type { RunResult } from './running.ts'
import type { Scenario } from './scenario.ts'

export type Found = {
  readonly Rule: string
  readonly Severity: string
  readonly Message: string
  readonly Service: string | null
  readonly Target: string | null
  readonly Volume: string | null
  readonly File: string
  readonly Line: number
  readonly Fingerprint: string
}

export type AuditReport = {
  readonly Live: boolean
  readonly Project: string | null
  readonly Files: readonly string[]
  readonly Notes: readonly string[]
  readonly Findings: readonly Found[]
}

/** Audits a project where it lies, as a person in its folder would. */
export async function auditOf(
  bed: Scenario,
  { file, project }: Compose,
  ...more: readonly string[]
): Promise<AuditReport> {
  return reportOf(await bed.vol('audit', '--format=json', '--project-name', project, ...more, file))
}

/** What an audit printed, whether it found something or not. */
export function reportOf(result: RunResult): AuditReport {
  expect([0, 3], result.stderr).toContain(result.exitCode)
  const report: AuditReport = JSON.parse(result.stdout)
  return report
}

/** The findings of a rule, as `SEVERITY SERVICE-OR-VOLUME`. */
export function foundBy({ Findings }: AuditReport, rule: string): readonly string[] {
  return Findings.filter((finding) => finding.Rule === rule)
    .map(({ Severity, Service, Volume }) => `${Severity} ${Service ?? Volume ?? ''}`)
    .toSorted()
}

/** What a rule said about a service or volume; fails when it said nothing. */
export function saidBy({ Findings }: AuditReport, rule: string, about: string): string {
  const found = Findings.find(
    ({ Rule, Service, Volume }) => Rule === rule && (Service === about || Volume === about),
  )
  expect(found, `${rule} about ${about}`).toBeDefined()
  return found?.Message ?? ''
}
