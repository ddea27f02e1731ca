import { randomBytes } from 'node:crypto'
import { execa } from 'execa'
import { describe, expect, test } from 'vitest'
import { compressFrame, decompressFrame, discard, frameSize } from './codec.ts'

const contents: readonly (readonly [string, Uint8Array])[] = [
  ['nothing', new Uint8Array(0)],
  ['a byte', new Uint8Array([7])],
  ['zeros', new Uint8Array(frameSize)],
  ['what cannot be compressed', randomBytes(frameSize)],
]

describe.each(contents)('a frame of %s', (_, bytes) => {
  test('comes back as it was', () => {
    expect(Buffer.compare(decompressFrame(compressFrame('zstd', bytes), bytes.length), bytes)).toBe(0)
  })

  test.each([
    ['zstd', ['zstd', '-dc']],
    ['gzip', ['gzip', '-dc']],
    ['none', ['cat']],
  ] as const)(
    'written as %s is read by the usual programs, two after one another, too',
    async (codec, command) => {
      const [program = '', ...args] = command
      const frame = compressFrame(codec, bytes)
      const { stdout } = await execa(program, args, {
        input: Buffer.concat([frame, frame]),
        encoding: 'buffer',
      })
      expect(Buffer.compare(stdout, Buffer.concat([bytes, bytes]))).toBe(0)
    },
  )

  test('has memory of its own, which can be handed to another thread', () => {
    for (const codec of ['zstd', 'gzip', 'none'] as const) {
      const frame = compressFrame(codec, bytes)
      expect(frame.buffer).not.toBe(bytes.buffer)
      expect(frame.buffer.byteLength).toBe(frame.length)
    }
    const back = decompressFrame(compressFrame('zstd', bytes), bytes.length)
    expect(back.buffer.byteLength).toBe(back.length)
  })
})

describe('a frame that is not whole', () => {
  const bytes = randomBytes(100_000)
  const frame = compressFrame('zstd', bytes)

  test.each([0, 1, 5, 50_000, 99_999])('is refused when it was cut after %d bytes', (length) => {
    expect(() => decompressFrame(frame.subarray(0, length), bytes.length)).toThrow()
  })

  test.each([99_999, 100_001, 0, 1])('is refused when %d bytes are expected of it', (raw) => {
    expect(() => decompressFrame(frame, raw)).toThrow()
  })

  test('is refused when any of its bytes was changed', () => {
    const small = compressFrame(
      'zstd',
      Buffer.from('some text that is long enough to be compressed '.repeat(3)),
    )
    for (let at = 0; at < small.length; at += 1) {
      const changed = Uint8Array.from(small)
      changed[at] = (changed[at] ?? 0) ^ 0x40
      expect(() => decompressFrame(changed, 141), `byte ${at}`).toThrow()
    }
  })
})

test('memory is given back of large buffers alone: small ones may share theirs', () => {
  const large = new Uint8Array(1024 * 1024)
  discard(large)
  expect(large.length).toBe(0)
  const small = Buffer.from('pooled')
  discard(small)
  expect(small.toString()).toBe('pooled')
})
