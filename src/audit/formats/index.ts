import { formatJson } from './json.ts'
import type { Report } from './report.ts'
import { formatText, type Screen } from './text.ts'

export const formatNames = ['text', 'json'] as const

export type FormatName = (typeof formatNames)[number]

/** A report in the format that was asked for. */
export function formatReport(format: FormatName, report: Report, screen: Screen): string {
  if (format === 'text') return formatText(report, screen)
  return formatJson(report)
}
