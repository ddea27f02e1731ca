import { readSeekTable, type Frame } from '../frames/seek-table.ts'
import type { Blob, Store } from '../stores/store.ts'
import { damaged, naming } from './damage.ts'
import { readFileTable } from './file-table.ts'
import { mediaTypes, type Descriptor, type FileRecord, type StoredSnapshot } from './format.ts'

/** The layers of a snapshot, in the order in which they are unpacked. */
export function layersOf(snapshot: StoredSnapshot): readonly Descriptor[] {
  return snapshot.manifest.layers.filter(({ mediaType }) => mediaType === mediaTypes.layer)
}

/** Every file of a snapshot, in the order of its archive. */
export async function* filesOf(store: Store, snapshot: StoredSnapshot): AsyncGenerator<FileRecord> {
  const descriptor = snapshot.manifest.layers.find(({ mediaType }) => mediaType === mediaTypes.fileTable)
  if (descriptor === undefined) throw damaged(snapshot, 'it has no file table')
  let blob: Blob | undefined
  try {
    blob = await store.open(snapshot.volume, descriptor)
    yield* readFileTable(blob)
  } catch (error) {
    throw naming(snapshot, error)
  } finally {
    await blob?.close()
  }
}

/** Where the frames of a layer lie, for a blob that is open. */
export type OpenLayer = { readonly blob: Blob; readonly frames: readonly Frame[]; close(): Promise<void> }

export async function openLayer(
  store: Store,
  snapshot: StoredSnapshot,
  layer: Descriptor,
): Promise<OpenLayer> {
  let blob: Blob | undefined
  try {
    const open = (blob = await store.open(snapshot.volume, layer))
    return { blob: open, frames: await readSeekTable(open), close: () => open.close() }
  } catch (error) {
    await blob?.close()
    throw naming(snapshot, error)
  }
}

/** The bytes of all layers once they are unpacked: what a volume needs, within a few per cent. */
export async function unpackedSize(store: Store, snapshot: StoredSnapshot): Promise<number> {
  let bytes = 0
  for (const layer of layersOf(snapshot)) {
    const open = await openLayer(store, snapshot, layer)
    for (const { raw } of open.frames) bytes += raw
    await open.close()
  }
  return bytes
}
