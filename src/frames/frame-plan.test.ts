import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { frameSize } from './codec.ts'
import { framePlanner, type Look, type PlannedFrame, type Span } from './frame-plan.ts'

type Layer = { readonly gap: number; readonly length: number }

/** A stream: layers with bytes between them that are nobody's, blocks of some size, and a look that lags behind. */
type Stream = {
  readonly layers: readonly Layer[]
  readonly tail: number
  readonly blockSize: number
  readonly lag: readonly number[]
}

// In units of 64 KiB, so that a few of them make frames and borders fall upon borders.
const unit = 64 * 1024
const perFrame = frameSize / unit
const lengths = fc.oneof(
  fc.integer({ min: 1, max: 5 }),
  fc.integer({ min: perFrame - 1, max: perFrame + 1 }),
  fc.integer({ min: 2 * perFrame - 1, max: 2 * perFrame + 1 }),
)
const streams: fc.Arbitrary<Stream> = fc.record({
  layers: fc.array(fc.record({ gap: fc.integer({ min: 0, max: 3 }), length: lengths }), { maxLength: 8 }),
  tail: fc.integer({ min: 0, max: 4 }),
  blockSize: fc.oneof(fc.integer({ min: 1, max: perFrame }), fc.constant(perFrame)),
  lag: fc.array(fc.integer({ min: 0, max: 7 }), { minLength: 1, maxLength: 5 }),
})

type Planned = {
  readonly layer: number
  readonly raw: number
  readonly ranges: readonly (readonly [number, number])[]
}

/** Where in the stream the frames of a plan lie. Blocks are numbered as they come. */
function plan({ layers, tail, blockSize, lag }: Stream): readonly Planned[] {
  const spans: Span[] = []
  let end = 0
  for (const [layer, { gap, length }] of layers.entries()) {
    spans.push({ layer, from: (end + gap) * unit, to: (end + gap + length) * unit })
    end += gap + length
  }
  const total = (end + tail) * unit
  const planner = framePlanner()
  const frames: Planned[] = []
  const size = blockSize * unit
  let told = 0
  const take = (made: readonly PlannedFrame[]) => {
    for (const { layer, raw, pieces } of made)
      frames.push({
        layer,
        raw,
        ranges: pieces.map((piece) => {
          if ('bytes' in piece) throw new Error('nothing was inserted')
          return [piece.block * size + piece.from, piece.block * size + piece.to]
        }),
      })
  }
  for (let block = 0, at = 0; at < total || block === 0; block += 1) {
    const length = Math.min(size, total - at)
    at += length
    // What was read is known to belong to something only some time later, but for the last block.
    const known = at === total ? total : Math.max(told, at - (lag[block % lag.length] ?? 0) * unit)
    const newly = spans.flatMap(({ layer, from, to }): Span[] => {
      const [start, stop] = [Math.max(from, told), Math.min(to, known)]
      return start < stop ? [{ layer, from: start, to: stop }] : []
    })
    const look: Look = { spans: newly, decided: known }
    take(planner.add(block, length, look))
    const open = planner.openBlocks()
    for (const needed of open) expect(needed).toBeLessThanOrEqual(block)
    told = known
    if (at === total) break
  }
  take(planner.finish())
  return frames
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, each) => total + each, 0)

describe('however a stream is cut into layers and blocks', () => {
  test('frames hold every byte of every layer once, in order, and no other', () => {
    fc.assert(
      fc.property(streams, (stream) => {
        const bytes = plan(stream).flatMap(({ ranges }) => ranges)
        const expected: [number, number][] = []
        let end = 0
        for (const { gap, length } of stream.layers) {
          expected.push([(end + gap) * unit, (end + gap + length) * unit])
          end += gap + length
        }
        expect(joined(bytes)).toEqual(joined(expected))
      }),
    )
  })

  test('a frame holds bytes of one layer, and each but a layer’s last is full', () => {
    fc.assert(
      fc.property(streams, (stream) => {
        const frames = plan(stream)
        for (const { raw, ranges } of frames) expect(sum(ranges.map(([from, to]) => to - from))).toBe(raw)
        for (const [layer, { length }] of stream.layers.entries()) {
          const sizes = frames.filter((frame) => frame.layer === layer).map(({ raw }) => raw)
          expect(sum(sizes)).toBe(length * unit)
          expect(sizes.slice(0, -1).every((size) => size === frameSize)).toBe(true)
          expect(sizes.at(-1)).toBeGreaterThan(0)
        }
      }),
    )
  })

  test('a layer is cut in the same places wherever it lies', () => {
    fc.assert(
      fc.property(streams, streams, lengths, (one, other, length) => {
        const layer = { gap: 0, length }
        const cutsOf = ({ layers, ...rest }: Stream) =>
          plan({ ...rest, layers: [...layers, layer] })
            .filter((frame) => frame.layer === layers.length)
            .map(({ raw }) => raw)
        expect(cutsOf(one)).toEqual(cutsOf(other))
      }),
    )
  })
})

test('blocks are held only as long as something of them is undecided or in an open frame', () => {
  const planner = framePlanner()
  planner.add(0, unit, { spans: [], decided: 0 })
  expect(planner.openBlocks()).toEqual([0])
  planner.add(1, unit, { spans: [{ layer: 0, from: 100, to: unit + 7 }], decided: unit + 7 })
  expect(planner.openBlocks()).toEqual([0, 1])
  planner.add(2, unit, { spans: [{ layer: 1, from: 2 * unit, to: 2 * unit + 1 }], decided: 3 * unit })
  expect(planner.openBlocks()).toEqual([2])
  planner.finish()
  expect(planner.openBlocks()).toEqual([])
})

test('what is inserted goes between what it was put between, and is cut into frames like the rest', () => {
  const planner = framePlanner()
  const large = Buffer.alloc(frameSize + 5, 'y')
  const frames = planner.add(0, 20, {
    spans: [
      { layer: 0, bytes: Buffer.from('header') },
      { layer: 0, from: 3, to: 20 },
      { layer: 0, bytes: large },
      { layer: 1, bytes: Buffer.from('next') },
    ],
    decided: 20,
  })
  frames.push(...planner.finish())
  const block = Buffer.from('01234567890123456789')
  const bytes = frames.map(({ layer, raw, pieces }) => {
    const whole = Buffer.concat(
      pieces.map((piece) => ('bytes' in piece ? piece.bytes : block.subarray(piece.from, piece.to))),
    )
    expect(whole.length).toBe(raw)
    return [layer, whole.toString()] as const
  })
  expect(bytes.map(([, text]) => text.length)).toEqual([frameSize, 28, 4])
  expect(bytes.map(([layer]) => layer)).toEqual([0, 0, 1])
  expect(bytes.map(([, text]) => text).join('')).toBe(`header34567890123456789${large.toString()}next`)
})

/** Ranges that touch as one. */
function joined(ranges: readonly (readonly [number, number])[]): readonly (readonly [number, number])[] {
  const found: [number, number][] = []
  for (const [from, to] of ranges) {
    const last = found.at(-1)
    if (last !== undefined && last[1] === from) last[1] = to
    else found.push([from, to])
  }
  return found
}
