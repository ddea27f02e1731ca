import { frameSize } from './codec.ts'
import type { Piece } from './compress-worker.ts'

/** A stretch of a block that belongs to a layer; stretches come in the order of the stream. */
export type Span = { readonly layer: number; readonly from: number; readonly to: number }

export type PlannedFrame = { readonly layer: number; readonly pieces: readonly Piece[]; readonly raw: number }

/**
 * Puts frames together from spans. Frames are cut every 4 MiB from the beginning of their layer, wherever in the
 * stream it lies, so that equal layers have equal bytes and can be shared between snapshots.
 */
export function framePlanner(): {
  /** Takes the spans of one block and returns the frames that are now complete. */
  add(block: number, spans: readonly Span[]): PlannedFrame[]
  /** The frame that was left open, if any. */
  finish(): PlannedFrame[]
  /** The blocks that the open frame has pieces of. */
  openBlocks(): number[]
} {
  let layer = -1
  let pieces: Piece[] = []
  let raw = 0

  function close(into: PlannedFrame[]): void {
    if (raw > 0) into.push({ layer, pieces, raw })
    pieces = []
    raw = 0
  }

  return {
    add(block, spans) {
      const complete: PlannedFrame[] = []
      for (const span of spans) {
        if (span.layer !== layer) close(complete)
        layer = span.layer
        let from = span.from
        while (from < span.to) {
          const to = Math.min(span.to, from + frameSize - raw)
          pieces.push({ block, from, to })
          raw += to - from
          from = to
          if (raw === frameSize) close(complete)
        }
      }
      return complete
    },
    finish() {
      const complete: PlannedFrame[] = []
      close(complete)
      return complete
    },
    openBlocks: () => blocksOf(pieces),
  }
}

/** The blocks that pieces lie in, each once. */
export function blocksOf(pieces: readonly Piece[]): number[] {
  return [...new Set(pieces.map(({ block }) => block))]
}
