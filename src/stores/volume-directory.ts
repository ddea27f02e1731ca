import { chmodSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import path from 'node:path'
import { syncDirectory, writeNewFile } from './durable.ts'
import { systemCode } from './failure.ts'
import { saveIndex } from './index-file.ts'
import { withLock } from './lock.ts'
import type { Places } from './places.ts'
import { isLayout, makeDirectory, placesOf } from './places.ts'
import { newProcessTag } from './process-identity.ts'

const layout = Buffer.from('{"imageLayoutVersion":"1.0.0"}\n')

/** Makes the directory of a new draft, and that of the volume when it has none yet. Gives the draft's. */
export async function beginIn(store: string, places: Places): Promise<string> {
  const draft = path.join(places.drafts, newProcessTag())
  for (;;) {
    try {
      mkdirSync(draft, { mode: 0o700 })
      chmodSync(draft, 0o700)
      return draft
    } catch (error) {
      if (systemCode(error) !== 'ENOENT') throw error
    }
    if (isLayout(places)) await restoreDraftsDirectory(places)
    else await makeVolume(store, places)
  }
}

/** Makes again what is missing of the layout's frame. Call it under the lock. */
export async function completeLayout(places: Places): Promise<void> {
  makeDirectory(places.blobs)
  try {
    await writeNewFile(places.layout, layout)
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') throw error
  }
}

/**
 * Makes an empty layout under another name and then gives it the volume's, so that a volume is there wholly or not at
 * all. Another process may be first; then ours is thrown away.
 */
async function makeVolume(store: string, places: Places): Promise<void> {
  for (const above of makeDirectory(store)) await syncDirectory(path.dirname(above))
  const name = `.${newProcessTag()}`
  const made = path.join(store, name)
  const parts: Places = {
    ...placesOf(store, places.volume),
    root: made,
    layout: path.join(made, 'oci-layout'),
    index: path.join(made, 'index.json'),
    blobs: path.join(made, 'blobs', 'sha256'),
    drafts: path.join(made, 'tmp'),
  }
  try {
    makeDirectory(made)
    makeDirectory(path.dirname(parts.blobs))
    await completeLayout(parts)
    await saveIndex(parts, [])
    await syncDirectory(path.dirname(parts.blobs))
    renameSync(made, places.root)
    await syncDirectory(store)
  } catch (error) {
    rmSync(made, { recursive: true, force: true })
    if (systemCode(error) !== 'ENOTEMPTY' && systemCode(error) !== 'EEXIST') throw error
    // Something of that name is there. If it is not a layout, trying again would not end.
    if (!isLayout(places)) throw error
  }
}

/** A process ended while it removed the empty volume. The lock makes sure that none is doing so now. */
async function restoreDraftsDirectory(places: Places): Promise<void> {
  try {
    await withLock(places.root, () => Promise.resolve(makeDirectory(places.drafts)))
  } catch (error) {
    // The volume was removed meanwhile: it is made anew by the next round.
    if (systemCode(error) !== 'ENOENT') throw error
  }
}
