import { VolError } from '../errors.ts'
import { suggest } from '../suggest.ts'
import type { StoredSnapshot } from './format.ts'
import { compareIds, isSnapshotId } from './id.ts'
import { quoted } from './quoted.ts'
import { withoutUndoCopies } from './undo-copy.ts'
import { checkVolumeName, isVolumeName } from './volume-name.ts'

/** A snapshot as a person names it: `id` is a whole ID, the beginning of one, or `latest`. */
export type SnapshotReference = { readonly volume: string; readonly id: string }

const beginningOfId = /^[0-9][0-9TZa-f-]{0,20}$/

/** Reads `VOLUME@ID`, `VOLUME@latest` or `VOLUME@PREFIX`. Fails with INVALID_NAME. */
export function parseReference(text: string): SnapshotReference {
  const at = text.indexOf('@')
  if (at === -1) {
    const suggestions = isVolumeName(text)
      ? { suggestions: [`Say ${text}@latest for its newest snapshot.`] }
      : {}
    throw new VolError('INVALID_NAME', `${quoted(text)} does not say which snapshot.`, suggestions)
  }
  const volume = checkVolumeName(text.slice(0, at))
  const id = text.slice(at + 1)
  if (id !== 'latest' && !beginningOfId.test(id)) {
    throw new VolError('INVALID_NAME', `${quoted(text)} is not a snapshot: ${quoted(id)} is not an ID.`, {
      suggestions: [`Say ${volume}@latest, or an ID such as ${volume}@20261123T071155Z-3f9c.`],
    })
  }
  return { volume, id }
}

/** `VOLUME@ID`, as it is printed and parsed. */
export function formatReference(reference: SnapshotReference): string {
  return `${reference.volume}@${reference.id}`
}

/**
 * The one snapshot that the reference means. Fails with SNAPSHOT_NOT_FOUND (and suggests the nearest), or with
 * INVALID_NAME when several IDs begin like that.
 */
export function resolveReference(
  reference: SnapshotReference,
  snapshots: readonly StoredSnapshot[],
): StoredSnapshot {
  const ofVolume = snapshots
    .filter((snapshot) => snapshot.volume === reference.volume)
    .sort((one, other) => compareIds(other.id, one.id))
  const [latest] = withoutUndoCopies(ofVolume)
  if (reference.id === 'latest' && latest !== undefined) return latest
  if (reference.id === 'latest' || ofVolume.length === 0) throw nothingOfVolume(reference, snapshots)
  const beginning = ofVolume.filter((snapshot) => snapshot.id.startsWith(reference.id))
  // An undo copy is meant only by what nothing else could be.
  const others = withoutUndoCopies(beginning)
  const candidates = others.length > 0 && !isSnapshotId(reference.id) ? others : beginning
  const exact = candidates.find((snapshot) => snapshot.id === reference.id)
  const only = exact ?? candidates[0]
  if (only === undefined) throw notFound(reference, nearest(reference.id, ofVolume))
  if (exact === undefined && candidates.length > 1) throw ambiguous(reference, candidates)
  return only
}

/** SNAPSHOT_NOT_FOUND for a volume of which there is none, with those of similar names. */
export function nothingOfVolume(
  reference: Pick<SnapshotReference, 'volume'>,
  snapshots: readonly StoredSnapshot[],
): VolError {
  const wanted = reference.volume.toLowerCase()
  const volumes = [...new Set(withoutUndoCopies(snapshots).map(({ volume }) => volume))]
  const parts = volumes.filter((volume) => {
    const name = volume.toLowerCase()
    return name.includes(wanted) || wanted.includes(name)
  })
  const alike = [...new Set([...suggest(reference.volume, volumes), ...parts])]
  return new VolError(
    'SNAPSHOT_NOT_FOUND',
    `The store holds no snapshot of volume "${reference.volume}".`,
    alike.length === 0
      ? {}
      : { suggestions: alike.slice(0, 3).map((volume) => `Did you mean ${volume}@latest?`) },
  )
}

function notFound(reference: SnapshotReference, near: readonly StoredSnapshot[]): VolError {
  return new VolError('SNAPSHOT_NOT_FOUND', `There is no snapshot "${formatReference(reference)}".`, {
    suggestions: near.map((snapshot) => `Did you mean ${formatReference(snapshot)}?`),
  })
}

function ambiguous(reference: SnapshotReference, candidates: readonly StoredSnapshot[]): VolError {
  const shown = candidates.slice(0, 10).map(formatReference)
  const more = candidates.length > shown.length ? [`… and ${candidates.length - shown.length} more.`] : []
  return new VolError(
    'INVALID_NAME',
    `"${formatReference(reference)}" could be any of ${candidates.length} snapshots.`,
    { suggestions: [...shown, ...more] },
  )
}

/** Those that share the longest beginning, newest first. */
function nearest(id: string, snapshots: readonly StoredSnapshot[]): readonly StoredSnapshot[] {
  return snapshots
    .map((snapshot) => ({ snapshot, shared: sharedLength(id, snapshot.id) }))
    .sort((one, other) => other.shared - one.shared)
    .slice(0, 3)
    .map(({ snapshot }) => snapshot)
}

function sharedLength(one: string, other: string): number {
  let length = 0
  while (length < one.length && one[length] === other[length]) length += 1
  return length
}
