import type { Finding } from '../finding.ts'
import type { Report } from './report.ts'

const commands = { error: 'error', warning: 'warning', info: 'notice' } as const

/** Workflow commands, which GitHub Actions shows at the lines of a pull request. */
export function formatGithub({ findings }: Report): string {
  return findings.map((finding) => `${annotation(finding)}\n`).join('')
}

function annotation({ place, severity, rule, message, cure }: Finding): string {
  const properties = {
    file: place.file,
    line: place.line,
    endLine: place.endLine,
    // GitHub takes columns only within one line.
    ...(place.line === place.endLine ? { col: place.column, endColumn: place.endColumn } : {}),
    title: rule,
  }
  const list = Object.entries(properties).map(([key, value]) => `${key}=${inProperty(String(value))}`)
  return `::${commands[severity]} ${list.join(',')}::${inData(`${message}\n${cure}`)}`
}

function inData(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')
}

function inProperty(text: string): string {
  return inData(text).replaceAll(':', '%3A').replaceAll(',', '%2C')
}
