import { frameSize } from './codec.ts'
import type { Piece } from './compress-worker.ts'

/** A stretch of the stream, in bytes from its beginning, that belongs to a layer. */
export type Span = { readonly layer: number; readonly from: number; readonly to: number }

/** Bytes that are not in the stream and go into a layer after what came before. They must not change any more. */
export type Insertion = { readonly layer: number; readonly bytes: Uint8Array }

/** What is known of the stream after looking at one more block. */
export type Look<Part = Span | Insertion> = {
  /** What is newly known to belong to layers, in order. It may begin in an earlier block. */
  readonly spans: readonly Part[]
  /** Bytes before this are in a span, or are of no interest; what lies behind is kept until more is known. */
  readonly decided: number
}

export type PlannedFrame = { readonly layer: number; readonly pieces: readonly Piece[]; readonly raw: number }

export type FramePlanner = {
  /** Takes the next block and what it told; returns the frames that are now complete. */
  add(block: number, length: number, look: Look): PlannedFrame[]
  /** The frame that was left open, if any. */
  finish(): PlannedFrame[]
  /** The blocks that are still needed for frames to come. */
  openBlocks(): number[]
}

/**
 * Puts frames together from spans. Frames are cut every MiB from the beginning of their layer, wherever in the
 * stream it lies, so that equal layers have equal bytes and can be shared between snapshots.
 */
export function framePlanner(): FramePlanner {
  let stream = 0
  let layer = -1
  let pieces: Piece[] = []
  let raw = 0
  let undecided: { readonly block: number; readonly start: number; readonly end: number }[] = []

  function close(into: PlannedFrame[]): void {
    if (raw > 0) into.push({ layer, pieces, raw })
    pieces = []
    raw = 0
  }

  function addPiece(block: number, from: number, to: number, into: PlannedFrame[]): void {
    let next = from
    while (next < to) {
      const end = Math.min(to, next + frameSize - raw)
      pieces.push({ block, from: next, to: end })
      raw += end - next
      next = end
      if (raw === frameSize) close(into)
    }
  }

  function addBytes(bytes: Uint8Array, into: PlannedFrame[]): void {
    let next = 0
    while (next < bytes.length) {
      const end = Math.min(bytes.length, next + frameSize - raw)
      pieces.push({ bytes: bytes.subarray(next, end) })
      raw += end - next
      next = end
      if (raw === frameSize) close(into)
    }
  }

  return {
    add(block, length, look) {
      undecided.push({ block, start: stream, end: stream + length })
      stream += length
      const complete: PlannedFrame[] = []
      for (const span of look.spans) {
        if (span.layer !== layer) close(complete)
        layer = span.layer
        if ('bytes' in span) {
          addBytes(span.bytes, complete)
          continue
        }
        for (const { block: source, start, end } of undecided) {
          const from = Math.max(span.from, start)
          const to = Math.min(span.to, end)
          if (from < to) addPiece(source, from - start, to - start, complete)
        }
      }
      undecided = undecided.filter(({ end }) => end > look.decided)
      return complete
    },
    finish() {
      const complete: PlannedFrame[] = []
      close(complete)
      return complete
    },
    openBlocks: () => [...new Set([...blocksOf(pieces), ...undecided.map(({ block }) => block)])],
  }
}

/** The blocks that pieces lie in, each once. */
export function blocksOf(pieces: readonly Piece[]): number[] {
  return [...new Set(pieces.flatMap((piece) => ('block' in piece ? [piece.block] : [])))]
}
