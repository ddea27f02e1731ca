import { formatSet } from '../snapshots/sets.ts'
import { isKnownDamaged } from '../snapshots/verification.ts'
import type { Retention } from './retention.ts'

/**
 * What stays keeps the others of its set, so that a project can be restored whole as long as a rule keeps any part of
 * it. Known to be damaged, one keeps no other: it stays only for somebody to look at. Takes the decisions about all
 * volumes at once and returns them in their order; none that stayed goes.
 */
export function keepSetsWhole(decisions: readonly Retention[]): readonly Retention[] {
  const staying = new Map<string, string[]>()
  for (const { snapshot, keep } of decisions) {
    const { set } = snapshot.config
    if (set === undefined || keep.length === 0 || isKnownDamaged(snapshot)) continue
    const volumes = staying.get(formatSet(set))
    if (volumes === undefined) staying.set(formatSet(set), [snapshot.volume])
    else volumes.push(snapshot.volume)
  }
  return decisions.map((decision) => {
    const { set } = decision.snapshot.config
    const others = set === undefined ? undefined : staying.get(formatSet(set))
    if (set === undefined || others === undefined || decision.keep.length > 0) return decision
    return {
      ...decision,
      keep: [`with ${others.join(', ')} in the set ${formatSet(set)}, which stays whole`],
    }
  })
}
