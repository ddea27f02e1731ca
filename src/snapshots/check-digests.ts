import type { FrameReader } from '../frames/read.ts'
import type { Store } from '../stores/store.ts'
import { asDamage, damaged } from './damage.ts'
import type { Descriptor, StoredSnapshot } from './format.ts'

/** Told as blobs are read: how many bytes were, of those in the store. */
export type ReadProgress = (bytes: number) => void

/** Re-reads every byte of every blob against its digest. Fails with SNAPSHOT_DAMAGED at the first that differs. */
export async function checkDigests(
  store: Store,
  snapshot: StoredSnapshot,
  reader: FrameReader,
  progress: ReadProgress,
): Promise<void> {
  const waiting = [...snapshot.manifest.layers]
  // As many at a time as there are threads; each failure is told by the await below.
  const lanes = Array.from({ length: 4 }, async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift())
      try {
        await check(store, snapshot, next, reader)
        progress(next.size)
      } catch (error) {
        // The others need not go on.
        waiting.length = 0
        throw asDamage(snapshot, next, error)
      }
  })
  const results = await Promise.allSettled(lanes)
  for (const result of results) if (result.status === 'rejected') throw result.reason
}

async function check(
  store: Store,
  snapshot: StoredSnapshot,
  descriptor: Descriptor,
  reader: FrameReader,
): Promise<void> {
  const blob = await store.open(snapshot.volume, descriptor)
  try {
    const digest = await reader.digest(blob)
    if (digest !== descriptor.digest) throw damaged(snapshot, `the blob ${descriptor.digest} was changed`)
  } finally {
    await blob.close()
  }
}
