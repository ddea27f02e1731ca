import type { StoredSnapshot } from '../snapshots/format.ts'
import { formatReference } from '../snapshots/reference.ts'

/** A snapshot in a list, in docker's manner: capitalised names. Scripts depend on these. */
export function snapshotAsJson(snapshot: StoredSnapshot): unknown {
  const { config, volume, id, manifestDigest } = snapshot
  return {
    Reference: formatReference(snapshot),
    Volume: volume,
    ID: id,
    Created: config.created,
    Digest: manifestDigest,
    Consistency: config.consistency.method,
    Reason: config.consistency.why,
    Changed: config.consistency.changed,
    Entries: config.totals.entries,
    Bytes: config.totals.bytes,
    StoredBytes: config.totals.storedBytes,
    Project: config.compose?.project ?? null,
    Warnings: config.warnings.map(({ code, path, message }) => ({
      Code: code,
      Path: path ?? null,
      Message: message,
    })),
  }
}
