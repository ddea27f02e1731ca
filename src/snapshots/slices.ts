import type { Frame } from '../frames/seek-table.ts'

/** A stretch of a layer's unpacked tar. */
export type Range = { readonly from: number; readonly to: number }

/** A frame that is needed, and the stretches of its content that are wanted, from the beginning of the content. */
export type Slices = { readonly frame: Frame; readonly wanted: readonly Range[] }

/** Where files lie in a layer, in order, neighbours together. */
export function rangesOf(files: Iterable<{ readonly offset: number; readonly length: number }>): Range[] {
  const ranges: Range[] = []
  for (const { offset, length } of files) {
    const last = ranges.at(-1)
    if (last !== undefined && last.to === offset)
      ranges[ranges.length - 1] = { from: last.from, to: offset + length }
    else ranges.push({ from: offset, to: offset + length })
  }
  return ranges
}

/** Each frame that holds something of the ranges, once, in order. Ranges are in order and apart. */
export function slicesOf(frames: readonly Frame[], ranges: readonly Range[]): Slices[] {
  const slices: Slices[] = []
  let next = 0
  for (const frame of frames) {
    const { rawPosition, raw } = frame
    const end = rawPosition + raw
    const wanted: Range[] = []
    for (let range = ranges[next]; range !== undefined && range.from < end; range = ranges[next]) {
      const from = Math.max(range.from, rawPosition)
      const to = Math.min(range.to, end)
      if (from < to) wanted.push({ from: from - rawPosition, to: to - rawPosition })
      if (range.to > end) break
      next += 1
    }
    if (wanted.length > 0) slices.push({ frame, wanted })
  }
  return slices
}
