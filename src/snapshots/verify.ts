import { isVolError } from '../errors.ts'
import { startFrameReader } from '../frames/read.ts'
import type { World } from '../plan/world.ts'
import { discard } from '../frames/codec.ts'
import { archiveOf } from './archive-of.ts'
import { checkDigests } from './check-digests.ts'
import type { StoredSnapshot } from './format.ts'
import { formatReference } from './reference.ts'

export type Verdict =
  | { readonly reference: string; readonly whole: true }
  | { readonly reference: string; readonly whole: false; readonly damage: string }

/**
 * Re-reads a snapshot: every blob against its digest, every frame, and every tar entry against the file table, whose
 * totals must be those of the configuration. Damage is a verdict, anything else a failure.
 */
export async function verifySnapshot(world: World, snapshot: StoredSnapshot): Promise<Verdict> {
  const reference = formatReference(snapshot)
  const total = snapshot.manifest.layers.reduce((sum, { size }) => sum + size, 0)
  const task = world.progress.start(`Verify ${reference}`, { total })
  const reader = startFrameReader(world.signal)
  try {
    let done = 0
    await checkDigests(world.store, snapshot, reader, (bytes) => {
      world.signal.throwIfAborted()
      done += bytes
      task.update({ done })
    })
    for await (const chunk of archiveOf(world.store, snapshot, reader)) {
      discard(chunk)
      world.signal.throwIfAborted()
    }
    task.finish()
    return { reference, whole: true }
  } catch (error) {
    task.fail()
    if (!isVolError(error, 'SNAPSHOT_DAMAGED')) throw error
    return { reference, whole: false, damage: error.message }
  } finally {
    await reader.close()
  }
}
