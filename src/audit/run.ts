import { createHash } from 'node:crypto'
import path from 'node:path'
import { severities, type Finding, type Subject } from './finding.ts'
import type { Project } from './model/project.ts'
import type { Live } from './live/live.ts'
import { isLive, isOfFiles, type Problem, type Rule } from './rule.ts'
import { lineOf, placeOf } from '../compose/source-file.ts'

/** Lets every rule look at the project. Findings come in the order of the files, then of the lines. */
export function runRules(project: Project, rules: readonly Rule[]): readonly Finding[] {
  const findings = rules
    .filter(isOfFiles)
    .flatMap((rule) => [...rule.check(project)].map((problem) => findingOf(rule, problem, project)))
  return inOrder(distinct(findings), project)
}

/** Lets every live rule look at what is there on the engine. */
export function runLiveRules(live: Live, rules: readonly Rule[]): readonly Finding[] {
  const findings = rules
    .filter(isLive)
    .flatMap((rule) => [...rule.checkLive(live)].map((problem) => findingOf(rule, problem, live.written)))
  return inOrder(distinct(findings), live.written)
}

/** What a rule said, with its place and name. */
export function findingOf(rule: Rule, problem: Problem, project: Pick<Project, 'directory'>): Finding {
  const { at, message, cure, subject, fix } = problem
  const place = placeOf(at.span)
  return {
    rule: rule.id,
    severity: problem.severity ?? rule.severity,
    message,
    cure,
    subject,
    place,
    excerpt: withoutPasswords(lineOf(at.span.source, place.line)),
    fingerprint: fingerprintOf(rule.id, subject, path.relative(project.directory, at.span.source.path)),
    ...(fix === undefined ? {} : { fix }),
  }
}

/** Reports end in logs and on pages that more people read than the file. */
function withoutPasswords(line: string): string {
  return line
    .replaceAll(
      /(pass(?:word|wd|phrase)?|pwd|secret(?:[-_]?key)?|token|api[-_]?key)(["']?\s*[:=]\s*["']?)[^\s,"'$][^\s,"']*/gi,
      '$1$2***',
    )
    .replaceAll(/(:\/\/[^\s:/@]*:)[^\s@/$]+@/g, '$1***@')
}

/** Sorted by file as the project reads them, line, column, then the worst first. */
export function inOrder(
  findings: readonly Finding[],
  { sources }: Pick<Project, 'sources'>,
): readonly Finding[] {
  const order = new Map(sources.map(({ name }, index) => [name, index]))
  const rank = ({ place }: Finding) => order.get(place.file) ?? sources.length
  return findings.toSorted(
    (one, other) =>
      rank(one) - rank(other) ||
      one.place.line - other.place.line ||
      one.place.column - other.place.column ||
      severities.indexOf(one.severity) - severities.indexOf(other.severity) ||
      (one.rule < other.rule ? -1 : 1),
  )
}

/** `db, /var/lib/mysql`; empty for what concerns the project. */
export function describeSubject({ service, target, volume }: Subject): string {
  return [service, target, volume].filter((part) => part !== undefined).join(', ')
}

function fingerprintOf(rule: string, { service, target, volume }: Subject, file: string): string {
  const parts = [rule, file, service ?? '', target ?? '', volume ?? '']
  return createHash('sha256').update(parts.join('\0')).digest('hex').slice(0, 32)
}

/** Two findings of one rule about one thing are numbered, so that each can be accepted for itself. */
function distinct(findings: readonly Finding[]): readonly Finding[] {
  const seen = new Map<string, number>()
  return findings.map((finding) => {
    const before = seen.get(finding.fingerprint) ?? 0
    seen.set(finding.fingerprint, before + 1)
    return before === 0 ? finding : { ...finding, fingerprint: `${finding.fingerprint}-${before + 1}` }
  })
}

/** Whether any finding is as serious as `limit` or more. */
export function reaches(findings: readonly Finding[], limit: Finding['severity'] | 'never'): boolean {
  if (limit === 'never') return false
  return findings.some(({ severity }) => severities.indexOf(severity) <= severities.indexOf(limit))
}
