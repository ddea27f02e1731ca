import type { StoredSnapshot } from '../snapshots/format.ts'
import type { CheckResult } from '../snapshots/verification.ts'
import { formatReference } from '../snapshots/reference.ts'
import { formatSet } from '../snapshots/sets.ts'

/** The last result of each kind of check; null where there was none. */
export function verificationAsJson({ verification }: Pick<StoredSnapshot, 'verification'>): unknown {
  return { Bytes: checkAsJson(verification?.bytes), Boot: checkAsJson(verification?.boot) }
}

function checkAsJson(check: CheckResult | undefined): unknown {
  return check === undefined ? null : { At: check.at, Good: check.good, About: check.about }
}

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
    Verified: verificationAsJson(snapshot),
    Undo: undoAsJson(snapshot),
    Set: setAsJson(snapshot),
  }
}

/** The set of a project that a snapshot belongs to; null when it was taken by itself. */
function setAsJson({ config: { set } }: StoredSnapshot): unknown {
  if (set === undefined) return null
  const { id, project, volumes, services } = set
  return { Reference: formatSet(set), ID: id, Project: project, Volumes: volumes, Services: services ?? null }
}

/** What an undo copy is of; null for every other snapshot. */
function undoAsJson({ config: { undo } }: StoredSnapshot): unknown {
  if (undo === undefined) return null
  return { By: undo.takenBy, ReplacedBy: undo.replacedBy, At: undo.at, Paths: undo.paths ?? null }
}

/** An undo copy in `undo --list`. */
export function undoCopyAsJson(copy: StoredSnapshot, keptUntil: Date | undefined): unknown {
  const { config, volume, id } = copy
  return {
    Volume: volume,
    Reference: formatReference(copy),
    ID: id,
    ReplacedAt: config.undo?.at ?? null,
    ReplacedBy: config.undo?.replacedBy ?? null,
    Paths: config.undo?.paths ?? null,
    Bytes: config.totals.bytes,
    StoredBytes: config.totals.storedBytes,
    KeptUntil: keptUntil?.toISOString() ?? null,
  }
}
