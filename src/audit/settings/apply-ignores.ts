import type { Finding } from '../finding.ts'
import type { Project } from '../model/project.ts'
import type { Rule } from '../rule.ts'
import { ignoreUnused } from '../rules/ignore-unused.ts'
import { ignoreWithoutReason } from '../rules/ignore-without-reason.ts'
import { findingOf } from '../run.ts'
import type { Node } from '../../compose/node.ts'
import { inlineIgnores } from './inline-ignores.ts'
import type { AuditSettings } from './settings.ts'

/** An ignore from either place. */
type Ignore = {
  readonly rule: string
  readonly reason: string
  readonly at: Node
  readonly covers: (finding: Finding) => boolean
}

/** Takes away what is ignored, and adds what there is to say about the ignores. */
export function applyIgnores(
  findings: readonly Finding[],
  project: Project,
  settings: AuditSettings,
  rules: readonly Rule[],
  /** The rules that looked; whether the others would have found anything cannot be told. */
  looked: readonly Rule[] = rules,
): readonly Finding[] {
  const ignores = [...fromSettings(settings), ...fromFiles(project)]
  const used = new Set<Ignore>()
  const kept = findings.filter((finding) => {
    const covering = ignores.filter((ignore) => ignore.rule === finding.rule && ignore.covers(finding))
    for (const ignore of covering) used.add(ignore)
    return covering.length === 0
  })
  const silent = new Set(rules.filter((rule) => !looked.includes(rule)).map(({ id }) => id))
  const about = ignores.flatMap((ignore): readonly Finding[] => {
    if (!used.has(ignore) && !silent.has(ignore.rule)) return [unusedFinding(ignore, project, rules)]
    return ignore.reason === '' ? [reasonlessFinding(ignore, project)] : []
  })
  return [...kept, ...about.filter(({ rule }) => settings.severities.get(rule) !== 'off')]
}

function fromSettings({ ignores }: AuditSettings): readonly Ignore[] {
  return ignores.map(({ rule, reason, at, service, volume, target }) => ({
    rule,
    reason,
    at,
    covers: ({ subject }) =>
      (service === undefined || subject.service === service) &&
      (volume === undefined || subject.volume === volume) &&
      (target === undefined || subject.target === target),
  }))
}

function fromFiles({ sources }: Project): readonly Ignore[] {
  return sources.flatMap(inlineIgnores).map(({ rule, reason, at, source, firstLine, lastLine }) => ({
    rule,
    reason,
    at,
    covers: ({ place }) => place.file === source.name && place.line >= firstLine && place.line <= lastLine,
  }))
}

function unusedFinding({ rule, at }: Ignore, project: Project, rules: readonly Rule[]): Finding {
  const known = rules.some(({ id }) => id === rule)
  return findingOf(
    ignoreUnused,
    {
      at,
      subject: { target: rule },
      message: known
        ? `Nothing here is found by "${rule}", so there is nothing to ignore.`
        : `There is no rule "${rule}".`,
      cure: known ? 'Remove the ignore.' : 'docker vol audit --list-rules shows the rules.',
    },
    project,
  )
}

function reasonlessFinding({ rule, at }: Ignore, project: Project): Finding {
  return findingOf(
    ignoreWithoutReason,
    {
      at,
      subject: { target: rule },
      message: `"${rule}" is ignored, and nobody says why.`,
      cure: 'Write the reason, so that the next reader can tell whether it still holds.',
    },
    project,
  )
}
