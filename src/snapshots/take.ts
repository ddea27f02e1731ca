import type { Helper } from '../docker/docker.ts'
import type { CompressedFrame, Compressor } from '../frames/compress.ts'
import { compressFrame, discard } from '../frames/codec.ts'
import { encodeSeekTable } from '../frames/seek-table.ts'
import type { BlobWriter, Draft } from '../stores/store.ts'
import { totalsCounter } from './totals.ts'
import { archiveVolume } from '../volumes/archive.ts'
import { fileTableWriter } from './file-table.ts'
import { judge, warningsOf } from './judge.ts'
import { mediaTypes, type Consistency, type Descriptor, type Totals, type Warning } from './format.ts'

export type TakeRequest = {
  readonly helper: Helper
  readonly compressor: Compressor
  readonly draft: Draft
  readonly signal: AbortSignal
  /** What was decided: whether files may change meanwhile, and the sentence that says why. */
  readonly consistency: Pick<Consistency, 'method' | 'why'>
  expect(bytes: number): void
  progress(bytes: number): void
}

/** What was written, to be committed with the rest of the configuration. */
export type Taken = {
  readonly layers: readonly Descriptor[]
  readonly totals: Totals
  readonly consistency: Consistency
  readonly warnings: readonly Warning[]
}

/** The two zero blocks that end a tar. */
const endOfArchive = new Uint8Array(1024)

/** Writes the contents of a volume into a draft: its layers, then its file table. */
export async function takeSnapshot(request: TakeRequest): Promise<Taken> {
  const files = fileTableWriter(request.draft.blob(mediaTypes.fileTable))
  const layers = layerWriter(request.draft)
  const counter = totalsCounter()
  let done = 0
  const archived = await archiveVolume({
    helper: request.helper,
    mount: 'volume',
    compressor: request.compressor,
    codec: 'zstd',
    signal: request.signal,
    expect: (bytes) => request.expect(bytes),
    record(record) {
      counter.add(record)
      files.add(record)
    },
    frame(frame) {
      layers.write(frame)
      done += frame.raw
      request.progress(done)
    },
  })
  const consistency = judge(archived, request.consistency)
  const descriptors = await layers.finish()
  const storedBytes = descriptors.reduce((sum, { size }) => sum + size, 0)
  return {
    layers: [...descriptors, await files.finish()],
    totals: { ...counter.totals(), storedBytes },
    consistency,
    warnings: warningsOf(archived, consistency),
  }
}

/** Writes frames into one blob a layer. */
export function layerWriter(draft: Draft) {
  const finished: Promise<Descriptor>[] = []
  let current:
    | {
        readonly layer: number
        readonly blob: BlobWriter
        readonly frames: { compressed: number; raw: number }[]
      }
    | undefined

  function put(bytes: Uint8Array, raw: number): void {
    if (current === undefined) return
    current.blob.write(bytes)
    current.frames.push({ compressed: bytes.length, raw })
  }

  function end(): void {
    if (current === undefined) return
    put(compressFrame('zstd', endOfArchive), endOfArchive.length)
    current.blob.write(encodeSeekTable(current.frames))
    const blob = current.blob.finish()
    blob.catch(() => undefined)
    finished.push(blob)
    current = undefined
  }

  return {
    write(frame: CompressedFrame): void {
      if (current?.layer !== frame.layer) {
        end()
        current = { layer: frame.layer, blob: draft.blob(mediaTypes.layer), frames: [] }
      }
      put(frame.bytes, frame.raw)
      discard(frame.bytes)
    },
    async finish(): Promise<readonly Descriptor[]> {
      end()
      return await Promise.all(finished)
    },
  }
}
