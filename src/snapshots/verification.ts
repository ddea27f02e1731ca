import type { StoredSnapshot } from './format.ts'
import { fieldsOf, flag, text } from './read.ts'

/** The ways to check a snapshot: its bytes against their digests, or its database by booting it. */
export const checkKinds = ['bytes', 'boot'] as const
export type CheckKind = (typeof checkKinds)[number]

/** What a check of a stored snapshot found. */
export type CheckResult = {
  /** ISO 8601: when it ended. */
  readonly at: string
  readonly good: boolean
  /** What was checked, or what was found to be wrong; for people. */
  readonly about: string
}

/** The last result of each kind of check. It is kept beside the snapshot, whose own bytes never change. */
export type Verification = { readonly [kind in CheckKind]?: CheckResult }

type Verified = Pick<StoredSnapshot, 'verification'>

/** Whether a check found it to be of no use. A later check of the same kind may find otherwise. */
export function isKnownDamaged({ verification }: Verified): boolean {
  return checkKinds.some((kind) => verification?.[kind]?.good === false)
}

/** Whether some check found it good, and none found it bad. */
export function isVerified(snapshot: Verified): boolean {
  return checkKinds.some((kind) => snapshot.verification?.[kind] !== undefined) && !isKnownDamaged(snapshot)
}

/** Whether its own database was started on it and found it good, and no check found it bad. */
export function isBooted(snapshot: Verified): boolean {
  return snapshot.verification?.boot !== undefined && !isKnownDamaged(snapshot)
}

/** A result as the store keeps it: one line of JSON. */
export function encodeCheck({ at, good, about }: CheckResult): string {
  return JSON.stringify({ at, good, about })
}

/** Reads a result. One that cannot be read is none: the snapshot counts as not checked. */
export function decodeCheck(line: string | undefined): CheckResult | undefined {
  if (line === undefined) return undefined
  try {
    const fields = fieldsOf(JSON.parse(line), 'check')
    const at = text(fields['at'], 'check.at')
    if (Number.isNaN(Date.parse(at))) return undefined
    return { at, good: flag(fields['good'], 'check.good'), about: text(fields['about'], 'check.about') }
  } catch {
    return undefined
  }
}
