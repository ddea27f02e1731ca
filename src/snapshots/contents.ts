import { isDeepStrictEqual } from 'node:util'
import { isVolError, VolError } from '../errors.ts'
import type { FrameReader } from '../frames/read.ts'
import { readSeekTable, type Frame } from '../frames/seek-table.ts'
import type { Blob, Store } from '../stores/store.ts'
import { tarParser } from '../tar/parse.ts'
import { printableName } from '../tar/name.ts'
import { readFileTable } from './file-table.ts'
import { mediaTypes, type Descriptor, type FileRecord, type StoredSnapshot } from './format.ts'
import { formatReference } from './reference.ts'
import { tarRecord } from './tar-record.ts'
import { totalsCounter, type TotalsCounter } from './totals.ts'

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
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const blob = await store.open(snapshot.volume, next)
      try {
        const digest = await reader.digest(blob)
        if (digest !== next.digest) throw damaged(snapshot, `the blob ${next.digest} was changed`)
        progress(next.size)
      } finally {
        await blob.close()
      }
    }
  })
  const results = await Promise.allSettled(lanes)
  for (const result of results) if (result.status === 'rejected') throw naming(snapshot, result.reason)
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

/**
 * The layers one after another as tar, each with its end mark, checked strictly as they pass: every entry is the
 * one that the file table lists at this place, every layer is whole, and all are what the configuration counts. Fails with SNAPSHOT_DAMAGED otherwise.
 */
export async function* archiveOf(
  store: Store,
  snapshot: StoredSnapshot,
  reader: FrameReader,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const files = filesOf(store, snapshot)
  const counter = totalsCounter()
  try {
    for (const [index, descriptor] of layersOf(snapshot).entries()) {
      const layer = await openLayer(store, snapshot, descriptor)
      try {
        const found: FileRecord[] = []
        const parser = tarParser({
          entry: (entry, { start, end }) =>
            void found.push(tarRecord(entry, { layer: index, offset: start, length: end - start })),
        })
        const places = layer.frames.map((frame) => ({ ...frame, descriptor: layer.blob.descriptor }))
        for await (const bytes of reader.frames(places)) {
          parser.push(bytes)
          await compare(found, files, snapshot, counter)
          yield bytes
        }
        parser.finish()
      } catch (error) {
        throw asDamage(snapshot, descriptor, error)
      } finally {
        await layer.close()
      }
    }
    if ((await files.next()).done !== true)
      throw damaged(snapshot, 'its layers hold fewer files than it lists')
    const { storedBytes, ...totals } = snapshot.config.totals
    const stored = layersOf(snapshot).reduce((sum, { size }) => sum + size, 0)
    if (stored !== storedBytes || !isDeepStrictEqual(counter.totals(), totals))
      throw damaged(snapshot, 'it holds other files than its configuration counts')
  } finally {
    await files.return(undefined)
  }
}

async function compare(
  found: FileRecord[],
  files: AsyncGenerator<FileRecord>,
  snapshot: StoredSnapshot,
  counter: TotalsCounter,
): Promise<void> {
  for (const record of found.splice(0)) {
    counter.add(record)
    const { value, done } = await files.next()
    if (done === true || !isDeepStrictEqual(value, record))
      throw damaged(
        snapshot,
        `its layer ${record.layer} holds "${printableName(record.path)}", which it does not list like this`,
      )
  }
}

/** Whatever goes wrong inside a blob means that the snapshot is not what it says; failures of the system stay. */
export function asDamage(snapshot: StoredSnapshot, blob: Descriptor, error: unknown): unknown {
  if (isVolError(error) && error.code !== 'ARCHIVE_REFUSED') return naming(snapshot, error)
  if (error instanceof Error && 'code' in error && error.name !== 'AbortError' && !isVolError(error))
    return error
  const what = error instanceof Error ? error.message : String(error)
  return new VolError(
    'SNAPSHOT_DAMAGED',
    `The snapshot ${formatReference(snapshot)} is damaged in ${blob.digest}: ${what}`,
    {
      cause: error,
    },
  )
}

/** A store knows the blob that is damaged; who reads the message wants to know the snapshot. */
function naming(snapshot: StoredSnapshot, error: unknown): unknown {
  if (!isVolError(error, 'SNAPSHOT_DAMAGED') || error.message.includes(formatReference(snapshot)))
    return error
  const what = error.message.replace(/\.$/, '')
  return new VolError(
    'SNAPSHOT_DAMAGED',
    `The snapshot ${formatReference(snapshot)} is damaged: ${what.charAt(0).toLowerCase()}${what.slice(1)}.`,
    { cause: error.cause },
  )
}

export function damaged(snapshot: StoredSnapshot, what: string): VolError {
  return new VolError('SNAPSHOT_DAMAGED', `The snapshot ${formatReference(snapshot)} is damaged: ${what}.`)
}
