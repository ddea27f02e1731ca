import { pipeline, Readable } from 'node:stream'
import { constants, createGunzip, createZstdDecompress } from 'node:zlib'
import { looksLike } from './magic.ts'
import { refuse } from './refuse.ts'
import { zstdFrames } from './zstd-frames.ts'

const chunkSize = 256 * 1024

/** The part of node:zlib's streams that is needed here; all of them count what they consumed. */
type Decompressor = ReturnType<typeof createGunzip> | ReturnType<typeof createZstdDecompress>

/**
 * The plain tar in a stream that is gzip, zstd or not compressed, which its first bytes tell and its name does not.
 * Fails with ARCHIVE_REFUSED at anything else, at a cut or damaged stream, at bytes after its end, and at a zstd
 * window beyond 128 MiB. Reads its source only as fast as it is read.
 */
export async function* decompressed(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const iterator = source[Symbol.asyncIterator]()
  const { start, ended } = await peek(iterator)
  const stream = replay(start, ended, iterator)
  const kind = isTar(start) ? undefined : looksLike(start)
  if (kind === 'gzip') {
    yield* through(createGunzip({ chunkSize }), stream, kind)
  } else if (kind === 'zstd') {
    const params = { [constants.ZSTD_d_windowLogMax]: 27 }
    yield* through(createZstdDecompress({ chunkSize, params }), wholeFrames(stream), kind)
  } else {
    if (kind !== undefined || start.length === 0) {
      await iterator.return?.()
      refuse(
        undefined,
        undefined,
        start.length === 0 ? 'it is empty' : `it is ${kind}, not tar, tar.gz or tar.zst`,
      )
    }
    yield* stream
  }
}

/** Enough of the beginning to know what it is: a tar header, or all there is. */
async function peek(iterator: AsyncIterator<Uint8Array>): Promise<{ start: Buffer; ended: boolean }> {
  let start = Buffer.alloc(0)
  while (start.length < 512) {
    const next = await iterator.next()
    if (next.done === true) {
      return { start, ended: true }
    }
    start = Buffer.concat([start, next.value])
  }
  return { start, ended: false }
}

async function* replay(
  start: Buffer,
  ended: boolean,
  iterator: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  let done = ended
  try {
    if (start.length > 0) {
      yield start
    }
    while (!done) {
      const next = await iterator.next()
      if (next.done === true) {
        done = true
      } else {
        yield next.value
      }
    }
  } finally {
    if (!done) {
      await iterator.return?.()
    }
  }
}

/** A name may begin with the bytes of some magic: a tar header says more. */
function isTar(start: Buffer): boolean {
  return (
    looksLike(start) !== 'gzip' &&
    looksLike(start) !== 'zstd' &&
    start.toString('latin1', 257, 262) === 'ustar'
  )
}

async function* wholeFrames(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const frames = zstdFrames()
  for await (const chunk of source) {
    yield* frames.cut(chunk)
  }
  frames.finish()
}

async function* through(
  decompressor: Decompressor,
  source: AsyncIterable<Uint8Array>,
  kind: string,
): AsyncGenerator<Uint8Array> {
  let fed = 0
  let sourceEnded = false
  let sourceError: unknown
  async function* counted(): AsyncGenerator<Uint8Array> {
    try {
      for await (const chunk of source) {
        fed += chunk.length
        yield chunk
      }
      sourceEnded = true
    } catch (error) {
      sourceError = error
      throw error
    }
  }
  // In object mode, so that pieces that end with a frame are not joined. An error comes out of the loop below.
  pipeline(Readable.from(counted(), { highWaterMark: 1 }), decompressor, () => {})
  try {
    for await (const chunk of decompressor as AsyncIterable<Uint8Array>) {
      yield chunk
    }
  } catch (error) {
    if (sourceError !== undefined) {
      throw sourceError
    }
    refuse(undefined, undefined, `its ${kind} stream is cut or damaged (${messageOf(error)})`)
  } finally {
    decompressor.destroy()
  }
  // Node ends without a word where zeros follow the end of a gzip stream.
  if (!sourceEnded || decompressor.bytesWritten !== fed) {
    refuse(undefined, undefined, `something follows the end of its ${kind} stream`)
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
