import { renameSync } from 'node:fs'
import { isVolError, VolError } from '../errors.ts'
import { encodeConfig } from '../snapshots/config.ts'
import type { Descriptor, Digest } from '../snapshots/format.ts'
import { mediaTypes } from '../snapshots/format.ts'
import { buildManifest, indexEntry } from '../snapshots/manifest.ts'
import { fingerprint, holdsDigest, openBlobFile } from './blob-file.ts'
import { collectBlobs, removeIfEmpty } from './collect.ts'
import type { DraftBlobs } from './draft-blobs.ts'
import { draftBlobs } from './draft-blobs.ts'
import { syncDirectory } from './durable.ts'
import { inStore } from './failure.ts'
import { idOf, loadIndex, saveIndex } from './index-file.ts'
import { withLock } from './lock.ts'
import type { Places } from './places.ts'
import type { Draft } from './store.ts'
import { beginIn, completeLayout } from './volume-directory.ts'

/** Begins a snapshot in a directory store. */
export async function beginDraft(store: string, places: Places): Promise<Draft> {
  const written = draftBlobs(store, await beginIn(store, places))
  let over = false

  return {
    blob: (mediaType) => written.begin(mediaType),

    open: (descriptor) =>
      inStore(store, async () => {
        const file = written.find(descriptor.digest)
        if (file === undefined) throw new Error('This draft has not written that blob')
        return openBlobFile(file, descriptor, `Blob ${descriptor.digest} of a draft`)
      }),

    settled: () => inStore(store, () => written.synced()),

    commit: (config, layers, furtherAnnotations) =>
      inStore(store, async () => {
        if (over) throw new Error('This draft is over')
        if (config.volume.name !== places.volume) throw new Error('The config is of another volume')
        // All that takes time comes before the lock: writing, bringing to disk, re-reading what is shared.
        const configBlob = await written.write(mediaTypes.config, encodeConfig(config))
        const manifest = buildManifest(config, configBlob, layers, furtherAnnotations)
        const manifestBytes = Buffer.from(`${JSON.stringify(manifest)}\n`)
        const manifestBlob = await written.write(mediaTypes.manifest, manifestBytes)
        const blobs = [configBlob, ...layers]
        const whole = await findWhole(places, blobs)
        await written.synced()
        await withLock(places.root, async () => {
          await completeLayout(places)
          const index = loadIndex(places)
          if (index.rebuilt) await saveIndex(places, index.entries)
          if (index.entries.some((entry) => idOf(entry) === config.id)) {
            throw new VolError('FAILED', `Snapshot "${places.volume}@${config.id}" is there already.`)
          }
          try {
            await place(places, written, blobs, whole)
            await place(places, written, [manifestBlob], new Map())
            await saveIndex(places, [...index.entries, indexEntry(manifest, manifestBlob)])
          } catch (error) {
            await removeUnlisted(places)
            throw error
          }
        })
        over = true
        await written.remove()
        return { volume: places.volume, id: config.id, manifestDigest: manifestBlob.digest, manifest, config }
      }),

    abandon: () =>
      inStore(store, async () => {
        if (over) return
        over = true
        await written.remove()
        try {
          await removeIfEmpty(store, places)
        } catch (error) {
          // Whoever works on the volume for so long will not leave it empty; and if so, `clean` removes it.
          if (!isVolError(error, 'BUSY')) throw error
        }
      }),
  }
}

/** After a commit that failed. What cannot be removed now, `clean` removes; the failure itself matters more. */
async function removeUnlisted(places: Places): Promise<void> {
  try {
    await collectBlobs(places, loadIndex(places).entries)
  } catch {
    // See above.
  }
}

/** Reads again what the store has already of these blobs; gives the fingerprints of those that are whole. */
async function findWhole(places: Places, blobs: readonly Descriptor[]): Promise<ReadonlyMap<Digest, string>> {
  const whole = new Map<Digest, string>()
  for (const digest of new Set(blobs.map((blob) => blob.digest))) {
    const file = places.blob(digest)
    const found = fingerprint(file)
    if (found !== undefined && (await holdsDigest(file, digest))) whole.set(digest, found)
  }
  return whole
}

/**
 * Under the lock: brings each blob to its place, whole. What was whole a moment ago and is still the same file is
 * kept; what is missing (perhaps removed a moment ago) or damaged is replaced by what this draft has written.
 */
async function place(
  places: Places,
  written: DraftBlobs,
  blobs: readonly Descriptor[],
  whole: ReadonlyMap<Digest, string>,
): Promise<void> {
  for (const digest of new Set(blobs.map((blob) => blob.digest))) {
    const target = places.blob(digest)
    const own = written.find(digest)
    const found = fingerprint(target)
    if (found !== undefined && found === whole.get(digest)) continue
    if (own !== undefined) {
      renameSync(own, target)
    } else if (!(await holdsDigest(target, digest))) {
      const what = `Blob ${digest} of volume "${places.volume}"`
      throw new VolError('SNAPSHOT_DAMAGED', `${what}, which the new snapshot shares, is missing or damaged.`)
    }
  }
  await syncDirectory(places.blobs)
}
