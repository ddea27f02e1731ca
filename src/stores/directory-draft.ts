import { createHash } from 'node:crypto'
import { closeSync, openSync, renameSync, rmSync } from 'node:fs'
import path from 'node:path'
import { VolError } from '../errors.ts'
import { encodeConfig } from '../snapshots/config.ts'
import type { Descriptor, Digest } from '../snapshots/format.ts'
import { mediaTypes } from '../snapshots/format.ts'
import { buildManifest, indexEntry } from '../snapshots/manifest.ts'
import { fingerprint, holdsDigest } from './blob-file.ts'
import { collectBlobs, removeIfEmpty } from './collect.ts'
import { syncDirectory, syncFile, writeWhole } from './durable.ts'
import { inStore, storeFailure } from './failure.ts'
import { idOf, loadIndex, saveIndex } from './index-file.ts'
import { withLock } from './lock.ts'
import type { Places } from './places.ts'
import type { BlobWriter, Draft } from './store.ts'
import { beginIn, completeLayout } from './volume-directory.ts'

/** How many finished blobs may still be on their way to the disk before `finish` waits. */
const syncsAtOnce = 4

/** Begins a snapshot in a directory store. */
export async function beginDraft(store: string, places: Places): Promise<Draft> {
  const directory = await beginIn(store, places)
  /** What this draft has written, by digest. */
  const written = new Map<Digest, { readonly file: string; readonly size: number }>()
  const openFiles = new Set<number>()
  const syncs: Promise<void>[] = []
  const running = new Set<Promise<void>>()
  let files = 0
  let over = false

  function startSync(handle: number): void {
    const sync = syncFile(handle).finally(() => {
      running.delete(sync)
      openFiles.delete(handle)
      closeSync(handle)
    })
    // Whoever waits for it (`finish` or `commit`) sees the failure; nobody may, when the draft is abandoned.
    sync.catch(() => undefined)
    syncs.push(sync)
    running.add(sync)
  }

  function newBlob(mediaType: string): BlobWriter {
    files += 1
    const file = path.join(directory, String(files))
    const handle = openSync(file, 'wx', 0o600)
    openFiles.add(handle)
    const hash = createHash('sha256')
    let size = 0
    let finished = false
    return {
      write(chunk) {
        if (finished || over) throw new Error('This blob is finished')
        try {
          writeWhole(handle, chunk)
        } catch (error) {
          throw storeFailure(store, error)
        }
        hash.update(chunk)
        size += chunk.byteLength
      },
      finish: () =>
        inStore(store, async () => {
          if (finished || over) throw new Error('This blob is finished')
          finished = true
          startSync(handle)
          const digest: Digest = `sha256:${hash.digest('hex')}`
          if (written.has(digest)) rmSync(file)
          else written.set(digest, { file, size })
          while (running.size > syncsAtOnce) await Promise.race(running)
          return { mediaType, digest, size }
        }),
    }
  }

  async function writeBlob(mediaType: string, bytes: Buffer): Promise<Descriptor> {
    const blob = newBlob(mediaType)
    blob.write(bytes)
    return blob.finish()
  }

  /** Reads what the store has already of these blobs; gives the fingerprints of those that are whole. */
  async function findWhole(blobs: Iterable<Digest>): Promise<ReadonlyMap<Digest, string>> {
    const whole = new Map<Digest, string>()
    for (const digest of blobs) {
      const file = places.blob(digest)
      const found = fingerprint(file)
      if (found !== undefined && (await holdsDigest(file, digest))) whole.set(digest, found)
    }
    return whole
  }

  /** Under the lock: each blob is in its place, whole. What was whole a moment ago and is the same file still is. */
  async function place(blobs: readonly Descriptor[], whole: ReadonlyMap<Digest, string>): Promise<void> {
    for (const blob of new Map(blobs.map((each) => [each.digest, each])).values()) {
      const target = places.blob(blob.digest)
      const own = written.get(blob.digest)
      const found = fingerprint(target)
      if (found !== undefined && found === whole.get(blob.digest)) continue
      if (own !== undefined) renameSync(own.file, target)
      else if (!(await holdsDigest(target, blob.digest))) {
        const what = `Blob ${blob.digest} of volume "${places.volume}"`
        throw new VolError(
          'SNAPSHOT_DAMAGED',
          `${what}, which the new snapshot shares, is missing or damaged.`,
        )
      }
    }
    await syncDirectory(places.blobs)
  }

  return {
    blob(mediaType) {
      try {
        return newBlob(mediaType)
      } catch (error) {
        throw storeFailure(store, error)
      }
    },

    commit: (config, layers, furtherAnnotations) =>
      inStore(store, async () => {
        if (over) throw new Error('This draft is over')
        if (config.volume.name !== places.volume) throw new Error('The config is of another volume')
        const configBlob = await writeBlob(mediaTypes.config, encodeConfig(config))
        const manifest = buildManifest(config, configBlob, layers, furtherAnnotations)
        const manifestBlob = await writeBlob(
          mediaTypes.manifest,
          Buffer.from(`${JSON.stringify(manifest)}\n`),
        )
        const blobs = [configBlob, ...layers]
        const whole = await findWhole(new Set(blobs.map((blob) => blob.digest)))
        await Promise.all(syncs)
        await withLock(places.root, async () => {
          await completeLayout(places)
          const index = loadIndex(places)
          if (index.rebuilt) await saveIndex(places, index.entries)
          if (index.entries.some((entry) => idOf(entry) === config.id)) {
            throw new VolError('FAILED', `Snapshot "${places.volume}@${config.id}" is there already.`)
          }
          try {
            await place(blobs, whole)
            await place([manifestBlob], new Map())
            await saveIndex(places, [...index.entries, indexEntry(manifest, manifestBlob)])
          } catch (error) {
            await collectBlobs(places, loadIndex(places).entries).catch(() => 0)
            throw error
          }
        })
        over = true
        rmSync(directory, { recursive: true, force: true })
        return { volume: places.volume, id: config.id, manifestDigest: manifestBlob.digest, manifest, config }
      }),

    abandon: () =>
      inStore(store, async () => {
        if (over) return
        over = true
        await Promise.allSettled(syncs)
        for (const handle of openFiles) closeSync(handle)
        openFiles.clear()
        rmSync(directory, { recursive: true, force: true })
        await removeIfEmpty(store, places)
      }),
  }
}
