import type { StoredSnapshot } from '../snapshots/format.ts'
import { checkKinds, isKnownDamaged } from '../snapshots/verification.ts'

/**
 * What checks found, in a few letters: `boot 3d ago`, `bytes 2h ago`, `damaged`, or `no` when there were none. Boot
 * says more than bytes, so it comes first.
 */
export function verifiedOf(snapshot: Pick<StoredSnapshot, 'verification'>, now: Date): string {
  if (isKnownDamaged(snapshot)) return 'damaged'
  for (const kind of checkKinds.toReversed()) {
    const result = snapshot.verification?.[kind]
    if (result !== undefined) return `${kind} ${shortAge(new Date(result.at), now)} ago`
  }
  return 'no'
}

const spans = [
  { unit: 'y', seconds: 365 * 24 * 60 * 60 },
  { unit: 'd', seconds: 24 * 60 * 60 },
  { unit: 'h', seconds: 60 * 60 },
  { unit: 'm', seconds: 60 },
] as const

/** `2h`, `3d`: the largest unit that fits, rounded down. */
function shortAge(from: Date, now: Date): string {
  const age = Math.max(0, (now.getTime() - from.getTime()) / 1000)
  const span = spans.find(({ seconds }) => age >= seconds)
  return span === undefined ? `${Math.floor(age)}s` : `${Math.floor(age / span.seconds)}${span.unit}`
}
