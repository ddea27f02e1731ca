import { constants, gzipSync, zstdCompressSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { decompressed } from './decompress.ts'

const text = Buffer.alloc(300_000, 'some text that compresses well ')
const checked = zstdCompressSync(text, { params: { [constants.ZSTD_c_checksumFlag]: 1 } })
const skippable = Buffer.from('5f2a4d180400000061626364', 'hex')
const bytewise = (bytes: Buffer): Uint8Array[] => Array.from(bytes, (byte) => Uint8Array.of(byte))

async function* from(chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* chunks
}

async function read(...chunks: readonly Uint8Array[]): Promise<Buffer> {
  return Buffer.concat(await Array.fromAsync(decompressed(from(chunks))))
}

test.each([
  ['plain', [text], 1],
  ['gzip', [gzipSync(text)], 1],
  ['gzip of two members', [gzipSync(text), gzipSync(text)], 2],
  ['gzip, byte by byte', bytewise(Buffer.concat([gzipSync(text), gzipSync(text)])), 2],
  ['zstd', [zstdCompressSync(text)], 1],
  [
    'zstd of many frames in one chunk',
    [Buffer.concat([checked, zstdCompressSync(text), skippable, checked])],
    3,
  ],
  ['zstd, byte by byte', bytewise(Buffer.concat([skippable, checked, checked])), 2],
])('%s comes out whole', async (_, chunks, copies) => {
  const expected = Buffer.concat(Array.from({ length: copies }, () => text))
  expect((await read(...chunks)).equals(expected)).toBe(true)
})

test.each([
  ['nothing', Buffer.alloc(0), /empty/],
  ['gzip and garbage', Buffer.concat([gzipSync(text), Buffer.from('garbage')]), /cut or damaged/],
  ['gzip and zeros', Buffer.concat([gzipSync(text), Buffer.alloc(99)]), /something follows/],
  ['zstd and garbage', Buffer.concat([checked, Buffer.from('garbage')]), /followed by something else/],
  ['zstd, changed', Buffer.concat([checked.subarray(0, -1), Buffer.from('?')]), /cut or damaged/],
  ['a window of 2 GiB', Buffer.from('28b52ffd00a8010000', 'hex'), /window/],
  ['a dictionary', Buffer.from('28b52ffd0358ffffffff010000', 'hex'), /dictionary/],
  ['a reserved block', Buffer.from('28b52ffd0058070000', 'hex'), /malformed block/],
  ['xz', Buffer.from('fd377a585a000004', 'hex'), /it is xz, not tar/],
  ['zip', Buffer.from('PK\x03\x04'), /it is zip, not tar/],
  ['bzip2', Buffer.from('BZh91AY&SY'), /it is bzip2, not tar/],
])('%s is refused', async (_, bytes, message) => {
  await expect(read(bytes)).rejects.toMatchObject({
    code: 'ARCHIVE_REFUSED',
    message: expect.stringMatching(message),
  })
  await expect(read(...bytewise(bytes))).rejects.toMatchObject({ code: 'ARCHIVE_REFUSED' })
})

test('a zstd or gzip stream that is cut anywhere is refused', async () => {
  const streams = [
    Buffer.concat([zstdCompressSync(Buffer.from('first')), checked]),
    gzipSync(Buffer.from('short')),
  ]
  const wholeFrame = zstdCompressSync(Buffer.from('first')).length
  for (const stream of streams) {
    for (let end = 4; end < stream.length; end += 1) {
      if (stream !== streams[0] || end !== wholeFrame) {
        await expect(read(stream.subarray(0, end))).rejects.toMatchObject({ code: 'ARCHIVE_REFUSED' })
      }
    }
  }
})

test('a failure of the source comes through as it is', async () => {
  const failure = new Error('the disk is gone')
  async function* failing(): AsyncGenerator<Uint8Array> {
    yield gzipSync(text).subarray(0, 600)
    throw failure
  }
  await expect(Array.fromAsync(decompressed(failing()))).rejects.toBe(failure)
})

test.each([
  ['gzip', gzipSync(text)],
  ['zstd', zstdCompressSync(text)],
  ['plain', text],
])('who stops reading %s closes the source', async (_, bytes) => {
  let closed = false
  async function* endless(): AsyncGenerator<Uint8Array> {
    try {
      for (;;) {
        yield bytes
      }
    } finally {
      closed = true
    }
  }
  for await (const chunk of decompressed(endless())) {
    expect(chunk.length).toBeGreaterThan(0)
    break
  }
  await expect.poll(() => closed).toBe(true)
})
