import { hash } from 'node:crypto'
import { decodeConfig } from '../snapshots/config.ts'
import type { Descriptor, StoredSnapshot } from '../snapshots/format.ts'
import { annotations } from '../snapshots/format.ts'
import { compareIds } from '../snapshots/id.ts'
import { quoted } from '../snapshots/quoted.ts'
import { readManifest } from '../snapshots/read.ts'
import { readSmallFile } from './blob-file.ts'
import type { Index } from './index-file.ts'
import { idOf, largestManifest, loadIndex } from './index-file.ts'
import type { Places } from './places.ts'
import { trashUntil, verificationIn } from './marks.ts'
import type { StoreProblem, TrashedSnapshot } from './store.ts'

export type Scan = {
  readonly snapshots: readonly StoredSnapshot[]
  readonly problems: readonly StoreProblem[]
  readonly trashed: readonly TrashedSnapshot[]
}

const largestConfig = 64 * 1024 * 1024

/**
 * Reads what a volume's index lists, oldest first. Sizes and digests of manifests and configs are checked; layers
 * are not read. The files are read synchronously: there may be ten thousand small ones, and that takes a third of
 * the time.
 */
export function scanVolume(places: Places): Scan {
  let index: Index
  try {
    index = loadIndex(places)
  } catch (error) {
    const message = `index.json cannot be read: ${messageOf(error)}`
    return { snapshots: [], problems: [{ volume: places.volume, id: '', message }], trashed: [] }
  }
  const snapshots: StoredSnapshot[] = []
  const problems: StoreProblem[] = []
  const trashed: TrashedSnapshot[] = []
  if (index.rebuilt && index.entries.length > 0) {
    problems.push({
      volume: places.volume,
      id: '',
      message: 'index.json is missing or unreadable; rebuilt from the blobs',
    })
  }
  for (const entry of index.entries) {
    const id = idOf(entry)
    if (id === undefined) continue
    const until = trashUntil(entry)
    try {
      const snapshot = readSnapshot(places, id, entry)
      if (until === undefined) snapshots.push(snapshot)
      else trashed.push({ volume: places.volume, id, until, snapshot })
    } catch (error) {
      if (until !== undefined) trashed.push({ volume: places.volume, id, until })
      else
        problems.push({
          volume: places.volume,
          id,
          message: error instanceof Error ? error.message : String(error),
        })
    }
  }
  return { snapshots: snapshots.sort(byId), problems: problems.sort(byId), trashed: trashed.sort(byId) }
}

/** By ID, that is by time; snapshots of one second by volume. */
export function byId(
  one: { readonly id: string; readonly volume: string },
  other: { readonly id: string; readonly volume: string },
): number {
  return compareIds(one.id, other.id) || compareIds(one.volume, other.volume)
}

function readSnapshot(places: Places, id: string, entry: Descriptor): StoredSnapshot {
  const manifest = readManifest(
    parseJson(readChecked(places, entry, 'manifest', largestManifest), 'manifest'),
  )
  const config = decodeConfig(readChecked(places, manifest.config, 'config', largestConfig))
  const { volume } = places
  // Names are bound into the digests, so that one snapshot cannot be passed off as another.
  if (config.id !== id || manifest.annotations[annotations.id] !== id) {
    throw new Error(`it is really snapshot ${quoted(config.id)}`)
  }
  if (config.volume.name !== volume)
    throw new Error(`it is a snapshot of volume ${quoted(config.volume.name)}`)
  const verification = verificationIn(entry)
  return {
    volume,
    id,
    manifestDigest: entry.digest,
    manifest,
    config,
    ...(verification === undefined ? {} : { verification }),
  }
}

function readChecked(places: Places, blob: Descriptor, what: string, limit: number): Buffer {
  const bytes = readSmallFile(places.blob(blob.digest), limit)
  if (bytes === undefined) throw new Error(`its ${what} is missing`)
  if (bytes.length !== blob.size) {
    throw new Error(`its ${what} has ${bytes.length} bytes instead of ${blob.size}`)
  }
  if (`sha256:${hash('sha256', bytes, 'hex')}` !== blob.digest) throw new Error(`its ${what} was changed`)
  return bytes
}

function parseJson(bytes: Buffer, what: string): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'))
  } catch (error) {
    throw new Error(`its ${what} is not JSON`, { cause: error })
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
