import type { Finding, Severity } from '../finding.ts'
import { type Report, summarize } from './report.ts'

const marks: Readonly<Record<Severity, string>> = {
  error: '🛑 error',
  warning: '⚠️ warning',
  info: 'ℹ️ note',
}

/** For a comment on a pull request: what counts in a table, notes folded away. */
export function formatMarkdown({ project, findings, notes }: Report): string {
  const serious = findings.filter(({ severity }) => severity !== 'info')
  const rest = findings.filter(({ severity }) => severity === 'info')
  const heading = `### docker vol audit: ${inline(project ?? 'all of the engine')}`
  const parts = [
    heading,
    `${summarize(findings)}.`.replace(/^./, (letter) => letter.toUpperCase()),
    ...(serious.length === 0 ? [] : [table(serious)]),
    ...(rest.length === 0
      ? []
      : [
          `<details><summary>${rest.length} note${rest.length === 1 ? '' : 's'}</summary>\n\n${table(rest)}\n\n</details>`,
        ]),
    ...notes.map((note) => `_${inline(note)}_`),
  ]
  return `${parts.join('\n\n')}\n`
}

function table(findings: readonly Finding[]): string {
  const rows = findings.map(
    ({ severity, place, rule, message, cure }) =>
      `| ${marks[severity]} | ${code(`${place.file}:${place.line}`)} | ${code(rule)} | ${inline(message)} ${inline(cure)} |`,
  )
  return ['| | where | rule | what |', '|---|---|---|---|', ...rows].join('\n')
}

/** Text of files must not become markup, a mention, or the end of a cell. */
function inline(text: string): string {
  return text
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/[\\`*_{}[\]<>#|~]/g, String.raw`\$&`)
    .replaceAll('@', '@\u200b')
}

function code(text: string): string {
  return `\`${text.replaceAll(/[`|\s]/g, ' ')}\``
}
