import type { Edit, Place } from '../compose/edit.ts'

/** error: data will be lost or exposed as written. warning: it will be under a likely event. info: better practice. */
export type Severity = 'error' | 'warning' | 'info'

/** The worst first. */
export const severities: readonly Severity[] = ['error', 'warning', 'info']

/** How files can be changed so that a finding goes away. All edits belong together. */
export type Fix = { readonly title: string; readonly edits: readonly Edit[] }

/** What a finding is about, whatever line that stands in. */
export type Subject = {
  readonly service?: string
  /** Where in the container. */
  readonly target?: string
  /** The key of a volume. */
  readonly volume?: string
}

/** What a rule found at one place. */
export type Finding = {
  readonly rule: string
  readonly severity: Severity
  readonly message: string
  readonly cure: string
  readonly subject: Subject
  readonly place: Place
  /** The text of the line that the place begins in. */
  readonly excerpt: string
  /** Stays the same when lines move. */
  readonly fingerprint: string
  readonly fix?: Fix
}
