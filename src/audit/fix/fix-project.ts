import { auditProject } from '../audit.ts'
import type { Finding, Fix } from '../finding.ts'
import type { LoadedProject } from '../load.ts'
import type { Rule } from '../rule.ts'
import type { AuditSettings } from '../settings/settings.ts'
import type { Files } from '../../compose/files.ts'
import { applyFixes } from './apply.ts'

export type FixedProject = {
  /** Files that change: what was in them and what shall be. */
  readonly changes: readonly {
    readonly path: string
    readonly name: string
    readonly before: string
    readonly after: string
  }[]
  readonly applied: readonly Fix[]
}

const mostRounds = 5

/**
 * Works out what fixing comes to, in memory. Fixes that touch each other take turns, each on the text that the one
 * before left behind.
 */
export async function fixProject(
  loaded: LoadedProject,
  first: readonly Finding[],
  settings: AuditSettings,
  rules: readonly Rule[],
  /** Reads the project with some of its files replaced. */
  reload: (replaced: ReadonlyMap<string, string>) => Promise<LoadedProject>,
): Promise<FixedProject> {
  const original = new Map(loaded.project.sources.map(({ path, name, text }) => [path, { name, text }]))
  const texts = new Map([...original].map(([path, { text }]) => [path, text]))
  const applied: Fix[] = []
  let findings = first
  for (let round = 0; round < mostRounds; round++) {
    const fixed = applyFixes(findings, texts)
    if (fixed.applied.length === 0) break
    for (const [path, text] of fixed.texts) texts.set(path, text)
    applied.push(...fixed.applied)
    const { project } = await reload(texts)
    const known = new Set(first.map(({ fingerprint }) => fingerprint))
    findings = auditProject(project, settings, rules).filter(({ fingerprint }) => known.has(fingerprint))
  }
  const changes = [...original].flatMap(([path, { name, text: before }]) => {
    const after = texts.get(path) ?? before
    return after === before ? [] : [{ path, name, before, after }]
  })
  return { changes, applied }
}

/** The same files with the contents of some replaced. */
export function withReplaced(files: Files, replaced: ReadonlyMap<string, string>): Files {
  return {
    ...files,
    read: async (path) => {
      const text = replaced.get(path)
      return text === undefined ? await files.read(path) : new TextEncoder().encode(text)
    },
  }
}
