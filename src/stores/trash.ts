import type { Descriptor, StoredSnapshot } from '../snapshots/format.ts'
import { isUndoCopy } from '../snapshots/undo-copy.ts'
import { isKnownDamaged } from '../snapshots/verification.ts'
import type { Index } from './index-file.ts'
import { isExpired } from './marks.ts'
import type { Places } from './places.ts'
import { scanVolume } from './scan.ts'

/**
 * The entries without those that are in the trash and past their time; all of them when there are none such. When the
 * volume lists no good snapshot (one that can be read, that no check found damaged, and that is no undo copy), the
 * trash holds the best there is, and stays.
 */
export function withoutExpired(places: Places, { entries }: Index): readonly Descriptor[] {
  const now = new Date()
  const kept = entries.filter((entry) => !isExpired(entry, now))
  if (kept.length === entries.length || !scanVolume(places).snapshots.some(isGood)) return entries
  return kept
}

function isGood(snapshot: StoredSnapshot): boolean {
  return !isKnownDamaged(snapshot) && !isUndoCopy(snapshot)
}
