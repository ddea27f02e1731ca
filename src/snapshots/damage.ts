import { isVolError, VolError } from '../errors.ts'
import { FrameDamage } from '../frames/read.ts'
import type { Descriptor, StoredSnapshot } from './format.ts'
import { formatReference } from './reference.ts'

/**
 * What goes wrong inside a blob means that the snapshot is not what it says: its frames cannot be unpacked, or are no
 * proper tar. Anything else (an interruption, a system without memory) says nothing about the snapshot, and stays.
 */
export function asDamage(snapshot: StoredSnapshot, blob: Descriptor, error: unknown): unknown {
  if (!(error instanceof FrameDamage) && !isVolError(error, 'ARCHIVE_REFUSED')) return naming(snapshot, error)
  return new VolError(
    'SNAPSHOT_DAMAGED',
    `The snapshot ${formatReference(snapshot)} is damaged in ${blob.digest}: ${error.message}`,
    { cause: error },
  )
}

/** A store knows the blob that is damaged; who reads the message wants to know the snapshot. */
export function naming(snapshot: StoredSnapshot, error: unknown): unknown {
  if (!isVolError(error, 'SNAPSHOT_DAMAGED') || error.message.includes(formatReference(snapshot)))
    return error
  const what = error.message.replace(/\.$/, '')
  return new VolError(
    'SNAPSHOT_DAMAGED',
    `The snapshot ${formatReference(snapshot)} is damaged: ${what.charAt(0).toLowerCase()}${what.slice(1)}.`,
    { cause: error.cause },
  )
}

export function damaged(snapshot: StoredSnapshot, what: string): VolError {
  return new VolError('SNAPSHOT_DAMAGED', `The snapshot ${formatReference(snapshot)} is damaged: ${what}.`)
}
