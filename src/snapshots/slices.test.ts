import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Frame } from '../frames/seek-table.ts'
import { rangesOf, slicesOf } from './slices.ts'

test('files that lie side by side are read in one go', () => {
  const files = [
    { offset: 0, length: 512 },
    { offset: 512, length: 1024 },
    { offset: 4096, length: 512 },
  ]
  expect(rangesOf(files)).toEqual([
    { from: 0, to: 1536 },
    { from: 4096, to: 4608 },
  ])
})

/** The content of frames, and files in it: gaps and lengths, in order. */
const layers = fc.record({
  frames: fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 12 }),
  files: fc.array(
    fc.record({ gap: fc.integer({ min: 0, max: 7 }), length: fc.integer({ min: 1, max: 12 }) }),
    {
      maxLength: 12,
    },
  ),
})

test('the slices are just the bytes of the files, and no frame is read twice or for nothing', () => {
  fc.assert(
    fc.property(layers, ({ frames: sizes, files: described }) => {
      const total = sizes.reduce((sum, size) => sum + size, 0)
      let rawPosition = 0
      const frames = sizes.map((raw, index): Frame => {
        const frame = { position: index, compressed: 1, raw, rawPosition }
        rawPosition += raw
        return frame
      })
      const files: { offset: number; length: number }[] = []
      let at = 0
      for (const { gap, length } of described) {
        if (at + gap + length > total) break
        files.push({ offset: at + gap, length })
        at += gap + length
      }
      const expected = files.flatMap(({ offset, length }) =>
        Array.from({ length }, (_, index) => offset + index),
      )
      const slices = slicesOf(frames, rangesOf(files))
      const found = slices.flatMap(({ frame, wanted }) =>
        wanted.flatMap(({ from, to }) =>
          Array.from({ length: to - from }, (_, index) => frame.rawPosition + from + index),
        ),
      )
      expect(found).toEqual(expected)
      const positions = slices.map(({ frame }) => frame.position)
      expect(positions).toEqual([...new Set(positions)])
      for (const { wanted, frame } of slices) {
        expect(wanted.length).toBeGreaterThan(0)
        for (const { to } of wanted) expect(to).toBeLessThanOrEqual(frame.raw)
      }
    }),
  )
})
