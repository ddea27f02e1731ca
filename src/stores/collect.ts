import { hash } from 'node:crypto'
import { renameSync, rmdirSync, rmSync, statSync, unlinkSync } from 'node:fs'
import path from 'node:path'
import type { Descriptor, Digest } from '../snapshots/format.ts'
import { isVolumeName } from '../snapshots/volume-name.ts'
import { readSmallFile } from './blob-file.ts'
import { syncDirectory } from './durable.ts'
import { systemCode, unlessMissing } from './failure.ts'
import { idOf, largestManifest, loadIndex } from './index-file.ts'
import { isLeftOverOfLock, withLock } from './lock.ts'
import type { Places } from './places.ts'
import { namesIn } from './places.ts'
import { isGone, isProcessTag, newProcessTag } from './process-identity.ts'

/**
 * Removes the blobs that nothing listed refers to, `first` before the others; gives the bytes freed. Call it under the
 * lock, with the entries that the index has (or is about to have). Never call it with a guess of the index. While a
 * listed manifest is not what its digest says, nobody knows what it or the list referred to, and nothing is removed:
 * one flipped bit in a digest must not cost the blob that was meant.
 */
export async function collectBlobs(
  places: Places,
  entries: readonly Descriptor[],
  first?: Digest,
): Promise<number> {
  if (!entries.every((entry) => idOf(entry) === undefined || isWhole(places, entry))) return 0
  const needed = referredTo(places, entries)
  const unneeded = namesIn(places.blobs).filter((name) => !needed.has(name))
  if (unneeded.length === 0) return 0
  const manifest = first?.slice('sha256:'.length)
  let freed = 0
  for (const name of unneeded.sort((one, other) => Number(other === manifest) - Number(one === manifest))) {
    const file = path.join(places.blobs, name)
    freed += unlessMissing(() => statSync(file).size) ?? 0
    unlessMissing(() => unlinkSync(file))
  }
  await syncDirectory(places.blobs)
  return freed
}

function isWhole(places: Places, { digest, size }: Descriptor): boolean {
  const bytes = readSmallFile(places.blob(digest), largestManifest)
  return bytes?.length === size && `sha256:${hash('sha256', bytes, 'hex')}` === digest
}

/**
 * The names of all blobs that the entries mention, directly or in their manifests. Digests are looked for in the text,
 * so that what is left of a damaged manifest still protects the layers of its snapshot.
 */
function referredTo(places: Places, entries: readonly Descriptor[]): ReadonlySet<string> {
  const needed = new Set<string>()
  function mention(name: string, follow: boolean): void {
    if (needed.has(name)) return
    needed.add(name)
    if (!follow) return
    const text = readSmallFile(path.join(places.blobs, name), largestManifest)?.toString('latin1') ?? ''
    for (const [, mentioned = ''] of text.matchAll(/sha256:([0-9a-f]{64})/g)) mention(mentioned, deep)
  }
  let deep = false
  for (const entry of entries) {
    // An index of somebody else's making refers to manifests that refer to blobs.
    deep = idOf(entry) === undefined
    mention(entry.digest.slice('sha256:'.length), true)
  }
  return needed
}

/** Removes the drafts of a volume whose process has ended. Needs no lock: nobody else can want them. */
export function removeDeadDrafts(places: Places): void {
  for (const name of namesIn(places.drafts)) {
    if (isProcessTag(name) && isGone(name))
      rmSync(path.join(places.drafts, name), { recursive: true, force: true })
  }
}

/** Removes what ended processes left of taking over the lock. Call it under the lock. */
export function removeLockLeftOvers(places: Places): void {
  for (const name of namesIn(places.root)) {
    if (isLeftOverOfLock(name)) unlessMissing(() => unlinkSync(path.join(places.root, name)))
  }
}

/** Removes volumes that an ended process was making or removing. */
export function removeDeadVolumes(store: string): void {
  for (const name of namesIn(store)) {
    if (isVolumeName(name) || !name.startsWith('.')) continue
    const tag = name.slice(1)
    if (isProcessTag(tag) && isGone(tag)) rmSync(path.join(store, name), { recursive: true, force: true })
  }
}

/**
 * Removes the volume's directory when it holds no snapshot and no draft. Removing the empty `tmp` decides: from then on
 * a draft can only begin under the lock (see `beginIn` in volume-directory.ts), and we hold that.
 */
export async function removeIfEmpty(store: string, places: Places): Promise<void> {
  if (loadIndex(places).entries.length > 0) return
  try {
    await withLock(places.root, () => {
      if (loadIndex(places).entries.length > 0 || namesIn(places.blobs).length > 0) return Promise.resolve()
      if (namesIn(places.root).some((name) => !ours.has(name))) return Promise.resolve()
      unlessMissing(() => rmdirSync(places.drafts))
      const away = path.join(store, `.${newProcessTag()}`)
      renameSync(places.root, away)
      rmSync(away, { recursive: true, force: true })
      return Promise.resolve()
    })
  } catch (error) {
    if (!['ENOENT', 'ENOTEMPTY', 'EEXIST'].includes(systemCode(error) ?? '')) throw error
  }
}

const ours: ReadonlySet<string> = new Set(['blobs', 'index.json', 'lock', 'oci-layout', 'tmp'])
