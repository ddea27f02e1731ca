import { withEdits, type Edit } from '../../compose/edit.ts'
import type { Finding, Fix } from '../finding.ts'

/** What fixes come to: the new text of each file that changes, and which fixes are in it. */
export type FixedFiles = {
  readonly texts: ReadonlyMap<string, string>
  readonly applied: readonly Fix[]
}

/**
 * Applies the fixes of findings to the texts that they were made for. A fix that touches what another has changed
 * is left for the next round, whole.
 */
export function applyFixes(findings: readonly Finding[], texts: ReadonlyMap<string, string>): FixedFiles {
  const taken: Edit[] = []
  const applied: Fix[] = []
  for (const { fix } of findings) {
    if (fix === undefined || fix.edits.length === 0) continue
    if (fix.edits.some((edit) => taken.some((other) => overlap(edit, other)))) continue
    taken.push(...fix.edits)
    applied.push(fix)
  }
  const changed = Map.groupBy(taken, ({ path }) => path)
  return {
    texts: new Map([...changed].map(([path, edits]) => [path, withEdits(texts.get(path) ?? '', edits)])),
    applied,
  }
}

/** Two insertions at one place have no order, so they count as well. */
function overlap(one: Edit, other: Edit): boolean {
  return one.path === other.path && one.start <= other.end && other.start <= one.end
}
