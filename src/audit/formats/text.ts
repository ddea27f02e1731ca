import type { Finding, Severity } from '../finding.ts'
import { type Report, summarize } from './report.ts'

/** What the text is shown on. */
export type Screen = {
  readonly width: number
  readonly color: boolean
  /** Breaks text into lines of so many columns. */
  readonly wrap: (text: string, width: number) => readonly string[]
  /** Makes text from files safe to print. */
  readonly safe: (text: string) => string
}

const colors = { error: 31, warning: 33, info: 36, bold: 1, dim: 2 } as const

/** Findings for people: by file, each with its line, a caret, the reason and the cure. */
export function formatText({ project, findings, accepted }: Report, screen: Screen): string {
  const files = Map.groupBy(findings, ({ place }) => place.file)
  const groups = [...files].map(([file, inFile]) =>
    [paint(screen, 'bold', screen.safe(file)), ...inFile.map((finding) => findingText(finding, screen))].join(
      '\n',
    ),
  )
  return `${[...groups, summaryText(findings, accepted, project !== undefined)].join('\n\n')}\n`
}

function findingText(finding: Finding, screen: Screen): string {
  const { place, severity, rule, message, cure } = finding
  const heading = `  ${place.line}:${place.column}  ${paint(screen, severity, nameOf(severity))}  ${rule}`
  const indent = '      '
  const width = Math.max(30, Math.min(screen.width, 100) - indent.length)
  const paragraphs = [message, `→ ${cure}`].flatMap((text) => screen.wrap(screen.safe(text), width))
  return ['', heading, ...frame(finding, screen), ...paragraphs.map((line) => `${indent}${line}`)].join('\n')
}

/** The line with carets under what is meant. A long line is cut round it. */
function frame({ place, excerpt }: Finding, screen: Screen): readonly string[] {
  const room = Math.max(20, Math.min(screen.width, 100) - 12)
  const from = place.column - 1 > room - 10 ? place.column - 1 - 10 : 0
  const shown = excerpt.replaceAll('\t', ' ').slice(from, from + room)
  const length = place.endLine === place.line ? place.endColumn - place.column : shown.trimEnd().length + from
  const carets = '^'.repeat(Math.max(1, Math.min(length, from + shown.trimEnd().length - place.column + 1)))
  const number = String(place.line).padStart(7)
  const bar = paint(screen, 'dim', '│')
  return [
    `${paint(screen, 'dim', number)} ${bar} ${screen.safe(shown)}`,
    `${' '.repeat(7)} ${bar} ${' '.repeat(place.column - 1 - from)}${paint(screen, 'bold', carets)}`,
  ]
}

function summaryText(findings: readonly Finding[], accepted: number, ofProject: boolean): string {
  // --fix mends one project at a time.
  const fixable = ofProject ? findings.filter(({ fix }) => fix !== undefined).length : 0
  const hint = fixable === 0 ? '' : `; --fix can mend ${fixable} of them`
  const known = accepted === 0 ? '' : ` (${accepted} more in the baseline)`
  return `${summarize(findings)}${known}${hint}`.replace(/^./, (letter) => letter.toUpperCase())
}

function nameOf(severity: Severity): string {
  return severity === 'info' ? 'note' : severity
}

function paint({ color }: Screen, how: keyof typeof colors, text: string): string {
  return color ? `\x1b[${colors[how]}m${text}\x1b[0m` : text
}
