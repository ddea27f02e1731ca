import { createHash } from 'node:crypto'
import { closeSync, openSync, rmSync } from 'node:fs'
import path from 'node:path'
import type { Descriptor, Digest } from '../snapshots/format.ts'
import { syncFile, writeWhole } from './durable.ts'
import { inStore, storeFailure } from './failure.ts'
import type { BlobWriter } from './store.ts'

/** How many finished blobs may still be on their way to the disk before `finish` waits. */
const syncsAtOnce = 4

/** The blobs that a draft writes, in a directory of its own. */
export type DraftBlobs = {
  /** Begins one. */
  begin(mediaType: string): BlobWriter
  /** Writes a small one whole. */
  write(mediaType: string, bytes: Buffer): Promise<Descriptor>
  /** Where the finished blob of that digest is; undefined when this draft has not written it. */
  find(digest: Digest): string | undefined
  /** Waits until all finished blobs are on disk; fails when one could not be brought there. */
  synced(): Promise<void>
  /** Removes the directory with all that is still in it. */
  remove(): Promise<void>
}

/** `store` is named in failures. */
export function draftBlobs(store: string, directory: string): DraftBlobs {
  const finishedFiles = new Map<Digest, string>()
  const openFiles = new Set<number>()
  const syncs: Promise<void>[] = []
  const running = new Set<Promise<void>>()
  let files = 0
  let removed = false

  function startSync(handle: number): void {
    const sync = syncFile(handle).finally(() => {
      running.delete(sync)
      openFiles.delete(handle)
      closeSync(handle)
    })
    // Whoever waits for it (`finish` or `synced`) sees the failure; nobody does when the draft is abandoned.
    sync.catch(() => undefined)
    syncs.push(sync)
    running.add(sync)
  }

  function begin(mediaType: string): BlobWriter {
    files += 1
    const file = path.join(directory, String(files))
    const handle = openSync(file, 'wx', 0o600)
    openFiles.add(handle)
    const hash = createHash('sha256')
    let size = 0
    let finished = false
    return {
      write(chunk) {
        if (finished || removed) throw new Error('This blob is finished')
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
          if (finished || removed) throw new Error('This blob is finished')
          finished = true
          startSync(handle)
          const digest: Digest = `sha256:${hash.digest('hex')}`
          if (finishedFiles.has(digest)) rmSync(file)
          else finishedFiles.set(digest, file)
          while (running.size > syncsAtOnce) await Promise.race(running)
          return { mediaType, digest, size }
        }),
    }
  }

  return {
    begin(mediaType) {
      try {
        return begin(mediaType)
      } catch (error) {
        throw storeFailure(store, error)
      }
    },
    write(mediaType, bytes) {
      const blob = begin(mediaType)
      blob.write(bytes)
      return blob.finish()
    },
    find: (digest) => finishedFiles.get(digest),
    async synced() {
      await Promise.all(syncs)
    },
    async remove() {
      removed = true
      await Promise.allSettled(syncs)
      for (const handle of openFiles) closeSync(handle)
      openFiles.clear()
      rmSync(directory, { recursive: true, force: true })
    },
  }
}
