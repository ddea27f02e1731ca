import { formatGithub } from './github.ts'
import { formatJson } from './json.ts'
import { formatJunit } from './junit.ts'
import { formatMarkdown } from './markdown.ts'
import type { Report } from './report.ts'
import { formatSarif } from './sarif.ts'
import { formatText, type Screen } from './text.ts'

const formats = {
  text: formatText,
  json: formatJson,
  sarif: formatSarif,
  github: formatGithub,
  junit: formatJunit,
  markdown: formatMarkdown,
} as const satisfies Record<string, (report: Report, screen: Screen) => string>

export type FormatName = keyof typeof formats

export const formatNames = [
  'text',
  'json',
  'sarif',
  'github',
  'junit',
  'markdown',
] as const satisfies readonly FormatName[]

/** A report in the format that was asked for. */
export function formatReport(format: FormatName, report: Report, screen: Screen): string {
  return formats[format](report, screen)
}
