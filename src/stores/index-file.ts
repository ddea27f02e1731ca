import { hash } from 'node:crypto'
import { statSync } from 'node:fs'
import path from 'node:path'
import type { Descriptor, Manifest } from '../snapshots/format.ts'
import { annotations, mediaTypes } from '../snapshots/format.ts'
import { compareIds } from '../snapshots/id.ts'
import { indexEntry } from '../snapshots/manifest.ts'
import { readIndex, readManifest } from '../snapshots/read.ts'
import { readSmallFile } from './blob-file.ts'
import { replaceFile } from './durable.ts'
import type { Places } from './places.ts'
import { makeDirectory, namesIn } from './places.ts'
import { newProcessTag } from './process-identity.ts'

/** The list of a volume's snapshots. What it names was complete and on disk before it was named. */
export type Index = {
  readonly entries: readonly Descriptor[]
  /** Whether it had to be made up from the blobs because `index.json` is missing or unreadable. */
  readonly rebuilt: boolean
}

const largestIndex = 256 * 1024 * 1024
export const largestManifest = 16 * 1024 * 1024

/**
 * Reads the index. When `index.json` is missing or is not an OCI index, the list is rebuilt from the manifests among
 * the blobs, in memory; whoever then changes the volume (commit, remove, clean) writes it. Only a snapshot whose
 * removal was interrupted by a power cut can reappear by this. Fails when there is an index that cannot be read.
 */
export function loadIndex(places: Places): Index {
  const bytes = readSmallFile(places.index, largestIndex)
  const entries = bytes === undefined ? undefined : parse(bytes)
  return entries === undefined
    ? { entries: rebuildIndex(places), rebuilt: true }
    : { entries, rebuilt: false }
}

/** Puts the list on disk in place of the former one. Call it under the lock, when all that it names is on disk. */
export async function saveIndex(places: Places, entries: readonly Descriptor[]): Promise<void> {
  const index = { schemaVersion: 2, mediaType: mediaTypes.index, manifests: entries }
  makeDirectory(places.drafts)
  const temporary = path.join(places.drafts, newProcessTag())
  await replaceFile(places.index, Buffer.from(`${JSON.stringify(index)}\n`), {
    temporary,
    directory: places.root,
  })
}

/** The ID of the snapshot that an entry stands for; undefined for an entry that is not ours. */
export function idOf(entry: Descriptor): string | undefined {
  const ours =
    entry.mediaType === mediaTypes.manifest && entry.annotations?.[annotations.volume] !== undefined
  return ours ? entry.annotations?.[annotations.id] : undefined
}

/** The entries of all manifests of snapshots among the blobs, oldest first. */
export function rebuildIndex(places: Places): readonly Descriptor[] {
  const entries: Descriptor[] = []
  for (const name of namesIn(places.blobs)) {
    const file = path.join(places.blobs, name)
    if (statSync(file).size > largestManifest) continue
    const bytes = readSmallFile(file, largestManifest)
    // Layers begin with zstd's magic number; only JSON is worth hashing.
    if (bytes?.[0] !== 0x7b || hash('sha256', bytes, 'hex') !== name) continue
    const manifest = parseManifest(bytes)
    if (manifest === undefined) continue
    entries.push(
      indexEntry(manifest, { mediaType: mediaTypes.manifest, digest: `sha256:${name}`, size: bytes.length }),
    )
  }
  return entries.sort((one, other) => compareIds(idOf(one) ?? '', idOf(other) ?? ''))
}

function parse(bytes: Buffer): readonly Descriptor[] | undefined {
  try {
    return readIndex(JSON.parse(bytes.toString('utf8')))
  } catch {
    return undefined
  }
}

function parseManifest(bytes: Buffer): Manifest | undefined {
  try {
    return readManifest(JSON.parse(bytes.toString('utf8')))
  } catch {
    return undefined
  }
}
