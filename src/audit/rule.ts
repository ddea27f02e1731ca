import type { Fix, Severity, Subject } from './finding.ts'
import type { Live } from './live/live.ts'
import type { Seen } from './live/seen.ts'
import type { Project } from './model/project.ts'
import type { Limits } from './settings/limits.ts'
import type { Node } from '../compose/node.ts'

export const categories = [
  'database',
  'volume',
  'bind mount',
  'tmpfs',
  'container',
  'snapshot',
  'project',
  'audit',
] as const

export type Category = (typeof categories)[number]

/** What a rule has to say about one place. */
export type Problem = {
  readonly at: Node
  readonly subject: Subject
  /** What is so, and why it is bad: one or two sentences. */
  readonly message: string
  /** What to do. */
  readonly cure: string
  /** When this one is more or less serious than the rule's own. */
  readonly severity?: Severity
  readonly fix?: Fix
}

/** A project in a few lines, with the files that lie beside it. */
export type Example = {
  readonly compose: string
  /** Paths relative to the project and what is in them. */
  readonly files?: Readonly<Record<string, string>>
}

/** What is there on an engine, in a few lines. */
export type LiveExample = {
  /** How it comes about, as commands. */
  readonly shown: string
  readonly seen: Partial<Seen>
  /** The file of the project; without one all of the engine is looked at. */
  readonly compose?: string
  /** `limits` of the settings. */
  readonly limits?: Partial<Limits>
}

type Description = {
  readonly id: string
  readonly category: Category
  readonly severity: Severity
  /** What to do or to avoid, in a line. */
  readonly summary: string
  /** Why, when it does not apply, and what to do: Markdown. */
  readonly doc: string
  /** Whether `--fix` can mend what it finds. */
  readonly fixable: boolean
}

/** Its tests: it speaks about each of the bad, and about none of the good. */
type Examples<Each> = { readonly bad: readonly Each[]; readonly good: readonly Each[] }

/** Looks at the files of a project and says what endangers its data. */
export type FileRule = Description & {
  readonly examples: Examples<Example>
  check(project: Project): Iterable<Problem>
}

/** Looks at what is there on an engine. What it cannot tell it is silent about. */
export type LiveRule = Description & {
  readonly examples: Examples<LiveExample>
  checkLive(live: Live): Iterable<Problem>
}

/** Facts in, findings out: a rule asks nobody. */
export type Rule = FileRule | LiveRule

/** Whether a rule reads files. */
export function isOfFiles(rule: Rule): rule is FileRule {
  return 'check' in rule
}

/** Whether a rule needs an engine. */
export function isLive(rule: Rule): rule is LiveRule {
  return 'checkLive' in rule
}
