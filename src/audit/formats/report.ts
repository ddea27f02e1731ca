import type { Finding } from '../finding.ts'
import type { Rule } from '../rule.ts'
import type { SourceFile } from '../../compose/source-file.ts'

/** Everything that a format may tell. */
export type Report = {
  readonly version: string
  /** Undefined when it is about all of an engine. */
  readonly project: string | undefined
  /** Files that were read, in order. */
  readonly sources: readonly SourceFile[]
  readonly resolvedBy: 'compose' | 'docker vol'
  readonly notes: readonly string[]
  readonly findings: readonly Finding[]
  /** Whether the engine was looked at. */
  readonly live: boolean
  /** How many more the baseline accepts. */
  readonly accepted: number
  readonly rules: readonly Rule[]
}

/** How many there are of each severity. */
export function countFindings(findings: readonly Finding[]): Readonly<Record<Finding['severity'], number>> {
  const counts = { error: 0, warning: 0, info: 0 }
  for (const { severity } of findings) counts[severity] += 1
  return counts
}

/** `1 error, 2 warnings, 0 notes`, without what there is none of. */
export function summarize(findings: readonly Finding[]): string {
  const { error, warning, info } = countFindings(findings)
  const parts = [plural(error, 'error'), plural(warning, 'warning'), plural(info, 'note')]
  return parts.filter((part) => !part.startsWith('0 ')).join(', ') || 'nothing found'
}

function plural(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? '' : 's'}`
}
