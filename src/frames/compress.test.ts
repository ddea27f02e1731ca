import { closeSync, openSync, write as writeCallback } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import * as fc from 'fast-check'
import { describe, expect, onTestFinished, test } from 'vitest'
import { makePipe, openBothEnds, wakePipe } from '../docker/pipe.ts'
import { decompressFrame, frameSize } from './codec.ts'
import { startCompressor, type CompressedFrame, type CompressInput, type Compressor } from './compress.ts'
import type { Look, Span } from './frame-plan.ts'

const write = promisify(writeCallback)
const mebibyte = 1024 * 1024

/** A pipe with both of its ends; what is still open is closed when the test ends. */
async function pipe() {
  const folder = await mkdtemp(path.join(tmpdir(), 'docker-vol-compress-'))
  const file = path.join(folder, 'pipe')
  await makePipe(file)
  const { reading, writing } = openBothEnds(file)
  const open = new Set([reading, writing])
  const close = (descriptor: number) => {
    if (open.delete(descriptor)) closeSync(descriptor)
  }
  onTestFinished(async () => {
    for (const descriptor of open) close(descriptor)
    await rm(folder, { recursive: true, force: true })
  })
  return { reading, writing, close, wake: () => wakePipe(file) }
}

function compressor(): Compressor {
  const started = startCompressor()
  onTestFinished(() => started.close())
  return started
}

async function writeAll(
  descriptor: number,
  bytes: Uint8Array,
  told: (written: number) => void = () => undefined,
) {
  for (let at = 0; at < bytes.length;) {
    const { bytesWritten } = await write(descriptor, bytes, at, Math.min(mebibyte, bytes.length - at), null)
    at += bytesWritten
    told(at)
  }
}

/** Looks at a stream of which it is known where its layers lie. */
function lookFor(layers: readonly Span[]): (block: Uint8Array) => Look {
  let from = 0
  return (block) => {
    const to = from + block.length
    const spans = layers.flatMap((layer): Span[] => {
      const [start, end] = [Math.max(from, layer.from), Math.min(to, layer.to)]
      return start < end ? [{ layer: layer.layer, from: start, to: end }] : []
    })
    from = to
    return { spans, decided: to }
  }
}

async function framesOf(
  stream: Uint8Array,
  layers: readonly Span[],
  more: Partial<CompressInput> = {},
): Promise<readonly CompressedFrame[]> {
  const { reading, writing, close } = await pipe()
  const frames: CompressedFrame[] = []
  const running = compressor().run({
    descriptor: reading,
    codec: 'zstd',
    signal: new AbortController().signal,
    look: lookFor(layers),
    frame: (frame) => void frames.push(frame),
    ...more,
  })
  await writeAll(writing, stream)
  close(writing)
  await running
  return frames
}

/** Bytes that are never the same twice, and compress as text does. */
function content(length: number, seed: number): Buffer {
  const bytes = Buffer.alloc(length)
  let value = seed * 2_654_435_761 + 1
  for (let at = 0; at + 4 <= length; at += 4) {
    value = (Math.imul(value, 1_103_515_245) + 12_345) >>> 0
    bytes.writeUInt32LE(value & 0x0f0f0f0f, at)
  }
  return bytes
}

function bytesOf(frames: readonly CompressedFrame[], layer: number): Buffer {
  return Buffer.concat(frames.filter((frame) => frame.layer === layer).map(({ bytes }) => bytes))
}

function unpacked(frames: readonly CompressedFrame[], layer: number): Buffer {
  return Buffer.concat(
    frames.filter((frame) => frame.layer === layer).map(({ bytes, raw }) => decompressFrame(bytes, raw)),
  )
}

const cuts = fc.array(
  fc.record({
    gap: fc.integer({ min: 0, max: 3000 }),
    length: fc.oneof(
      fc.integer({ min: 1, max: 5000 }),
      fc.integer({ min: frameSize - 2, max: 2 * frameSize + 2 }),
    ),
  }),
  { minLength: 1, maxLength: 4 },
)

test('frames unpack to just the bytes of their layers, in order, wherever the stream is cut', async () => {
  await fc.assert(
    fc.asyncProperty(cuts, fc.nat(), async (layers, seed) => {
      let end = 0
      const spans = layers.map(({ gap, length }, layer): Span => {
        const from = end + gap
        end = from + length
        return { layer, from, to: end }
      })
      const stream = content(end + 700, seed)
      const frames = await framesOf(stream, spans)
      const order = frames.map(({ layer }) => layer)
      expect(order).toEqual(order.toSorted((one, other) => one - other))
      for (const { layer, from, to } of spans)
        expect(Buffer.compare(unpacked(frames, layer), stream.subarray(from, to))).toBe(0)
    }),
    { numRuns: 6 },
  )
})

test('equal layers have equal bytes, wherever in a stream they lie', async () => {
  const layer = content(9 * mebibyte + 123, 1)
  const before = content(5 * mebibyte + 77, 2)
  const alone = await framesOf(layer, [{ layer: 0, from: 0, to: layer.length }])
  const behind = await framesOf(Buffer.concat([before, layer]), [
    { layer: 0, from: 0, to: before.length },
    { layer: 1, from: before.length, to: before.length + layer.length },
  ])
  expect(Buffer.compare(bytesOf(behind, 1), bytesOf(alone, 0))).toBe(0)
})

test('an empty stream makes no frame', async () => {
  expect(await framesOf(new Uint8Array(0), [])).toEqual([])
})

describe('memory', () => {
  test('does not grow while frames are taken slowly: the writer is kept waiting', async () => {
    const { reading, writing, close } = await pipe()
    const stream = content(160 * mebibyte, 3)
    const go = Promise.withResolvers<undefined>()
    let taken = 0
    const running = compressor().run({
      descriptor: reading,
      codec: 'none',
      signal: new AbortController().signal,
      look: lookFor([{ layer: 0, from: 0, to: stream.length }]),
      async frame({ raw }) {
        await go.promise
        taken += raw
      },
    })
    let written = 0
    const writes = writeAll(writing, stream, (so) => (written = so)).finally(() => close(writing))
    let before = -1
    while (before !== written) {
      before = written
      await sleep(1000)
    }
    // What the threads hold, and what waits to be taken, each a few blocks of 1 MiB.
    expect(written).toBeLessThan(100 * mebibyte)
    expect(taken).toBe(0)
    go.resolve(undefined)
    await writes
    await running
    expect(taken).toBe(stream.length)
  })
})

/** Runs with a stream that neither ends nor goes on; gives what came of it once the threads have ended. */
async function failing(more: Partial<CompressInput>, act: () => void = () => undefined): Promise<unknown> {
  const { reading, writing, close, wake } = await pipe()
  const started = startCompressor()
  const failure = started
    .run({
      descriptor: reading,
      codec: 'zstd',
      signal: new AbortController().signal,
      look: lookFor([{ layer: 0, from: 0, to: 100 * mebibyte }]),
      frame: () => undefined,
      ...more,
    })
    .then(
      () => 'it ended well',
      (error: unknown) => error,
    )
  const writes = writeAll(writing, content(9 * mebibyte, 4)).catch(() => undefined)
  await sleep(300)
  act()
  const told = await failure
  const ended = started.close()
  wake()
  await ended
  // Before its number is given to something else.
  close(reading)
  await writes
  return told
}

describe('what goes wrong is told, and leaves nothing that waits', () => {
  const broken = new Error('broken')

  test('an interruption', async () => {
    const interrupt = new AbortController()
    expect(await failing({ signal: interrupt.signal }, () => interrupt.abort(broken))).toBe(broken)
  })

  test('an interruption before it began', async () => {
    expect(await failing({ signal: AbortSignal.abort(broken) })).toBe(broken)
  })

  test('a stream that is not what it should be', async () => {
    const look = () => {
      throw broken
    }
    expect(await failing({ look })).toBe(broken)
  })

  test('a frame that cannot be taken', async () => {
    const frame = () => {
      throw broken
    }
    expect(await failing({ frame })).toBe(broken)
    expect(await failing({ frame: () => Promise.reject(broken) })).toBe(broken)
  })

  test('a descriptor that cannot be read', async () => {
    const folder = openSync(tmpdir(), 'r')
    onTestFinished(() => closeSync(folder))
    expect(await failing({ descriptor: folder })).toMatchObject({ code: 'EISDIR' })
  })
})
