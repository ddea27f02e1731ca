import type { Fix, Severity, Subject } from './finding.ts'
import type { Project } from './model/project.ts'
import type { Node } from './source/node.ts'

export const categories = ['database', 'volume', 'bind mount', 'tmpfs', 'project', 'audit'] as const

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

/** Looks at a project and says what endangers its data. Facts in, findings out: a rule asks nobody. */
export type Rule = {
  readonly id: string
  readonly category: Category
  readonly severity: Severity
  /** What to do or to avoid, in a line. */
  readonly summary: string
  /** Why, when it does not apply, and what to do: Markdown. */
  readonly doc: string
  /** Whether `--fix` can mend what it finds. */
  readonly fixable: boolean
  /** Its tests: it speaks about each of the bad, and about none of the good. */
  readonly examples: { readonly bad: readonly Example[]; readonly good: readonly Example[] }
  check(project: Project): Iterable<Problem>
}
