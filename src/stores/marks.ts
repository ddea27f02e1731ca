import type { Descriptor } from '../snapshots/format.ts'
import { marks } from '../snapshots/format.ts'
import { checkKinds, decodeCheck, encodeCheck } from '../snapshots/verification.ts'
import type { CheckKind, CheckResult, Verification } from '../snapshots/verification.ts'

/*
 * What the store notes about a snapshot stands in the annotations of its entry in the index: that is one file,
 * replaced by one rename, so that a snapshot is always either in the list or in the trash, and whatever is noted of it
 * goes when it goes.
 */

/** Until when an entry stays in the trash; undefined when it is not there. */
export function trashUntil(entry: Descriptor): string | undefined {
  return entry.annotations?.[marks.trashUntil]
}

/** Whether an entry is in the trash and its time is over. A time that nobody can read is never over. */
export function isExpired(entry: Descriptor, now: Date): boolean {
  const until = trashUntil(entry)
  return until !== undefined && Date.parse(until) <= now.getTime()
}

export function inTrash(entry: Descriptor, until: Date): Descriptor {
  return annotated(entry, marks.trashUntil, until.toISOString())
}

export function outOfTrash(entry: Descriptor): Descriptor {
  const { [marks.trashUntil]: _, ...others } = entry.annotations ?? {}
  return { ...entry, annotations: others }
}

/** What checks of a snapshot found; undefined when there were none. */
export function verificationIn(entry: Descriptor): Verification | undefined {
  const found: { [kind in CheckKind]?: CheckResult } = {}
  for (const kind of checkKinds) {
    const result = decodeCheck(entry.annotations?.[marks[kind]])
    if (result !== undefined) found[kind] = result
  }
  return Object.keys(found).length === 0 ? undefined : found
}

export function withCheck(entry: Descriptor, kind: CheckKind, result: CheckResult): Descriptor {
  return annotated(entry, marks[kind], encodeCheck(result))
}

function annotated(entry: Descriptor, key: string, value: string): Descriptor {
  return { ...entry, annotations: { ...entry.annotations, [key]: value } }
}
