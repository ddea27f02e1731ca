import { refuse } from './refuse.ts'

/** Decoders need this much memory; the zstd program refuses more as well unless told (its --long=27). */
const largestWindow = 2 ** 27
const magic = 0xfd2fb528
const skippableMagic = 0x184d2a50

export type ZstdFrames = {
  /** The chunk, cut after the end of every frame. Fails with ARCHIVE_REFUSED at what is no zstd frame. */
  cut(chunk: Uint8Array): Uint8Array[]
  /** Fails with ARCHIVE_REFUSED unless the last frame is complete. */
  finish(): void
}

type Step =
  | { readonly need: number; take(bytes: Buffer): Step }
  | { readonly skip: number; readonly next: Step | 'end' }

/**
 * Follows the frames and blocks of a compressed zstd stream (RFC 8878, section 3) without decompressing them. Needed
 * because Node 22's decompressor takes a cut file for a whole one, and Node 24's stops after the first frame of a
 * chunk: whoever feeds it must know where frames end (nodejs/node issue 64592).
 */
export function zstdFrames(): ZstdFrames {
  const start: Step = { need: 4, take: frameStart }
  const blockStart = (checksum: number): Step => ({ need: 3, take: (bytes) => block(bytes, checksum) })
  let step: Step = start
  let header = Buffer.alloc(0)
  let skipped = 0
  let offset = 0

  function fail(what: string): never {
    return refuse(undefined, undefined, `its zstd stream ${what} (before compressed byte ${offset})`)
  }

  function frameStart(bytes: Buffer): Step {
    const value = bytes.readUInt32LE(0)
    if (value >>> 4 === skippableMagic >>> 4) {
      return { need: 4, take: (size) => ({ skip: size.readUInt32LE(0), next: 'end' }) }
    }
    return value === magic ? { need: 1, take: descriptor } : fail('is followed by something else')
  }

  function descriptor(bytes: Buffer): Step {
    const flags = bytes[0] ?? 0
    const single = (flags & 0x20) !== 0
    if ((flags & 0x08) !== 0) {
      fail('has a reserved bit set')
    }
    const dictionary = [0, 1, 2, 4][flags & 3] ?? 0
    const contentSize = [single ? 1 : 0, 2, 4, 8][flags >> 6] ?? 0
    const checksum = (flags & 0x04) === 0 ? 0 : 4
    const need = (single ? 0 : 1) + dictionary + contentSize
    return {
      need,
      take(fields) {
        const window = single ? readSize(fields, dictionary, contentSize) : windowOf(fields[0] ?? 0)
        if (window > largestWindow) {
          fail(`needs a window of more than ${largestWindow} bytes`)
        }
        const at = single ? 0 : 1
        if (fields.subarray(at, at + dictionary).some((byte) => byte !== 0)) {
          fail('needs a dictionary')
        }
        return blockStart(checksum)
      },
    }
  }

  function block(bytes: Buffer, checksum: number): Step {
    const value = bytes.readUIntLE(0, 3)
    const kind = (value >> 1) & 3
    const size = value >> 3
    if (kind === 3 || size > 128 * 1024) {
      fail('has a malformed block')
    }
    const last = (value & 1) === 1
    const after: Step | 'end' = last
      ? checksum === 0
        ? 'end'
        : { skip: checksum, next: 'end' }
      : blockStart(checksum)
    // A run of one byte stores that byte only.
    return { skip: kind === 1 ? 1 : size, next: after }
  }

  /** Takes what it can from `at`; returns where it got to, and whether a frame ended there. */
  function advance(chunk: Buffer, at: number): { readonly at: number; readonly ended: boolean } {
    if ('skip' in step) {
      const take = Math.min(step.skip - skipped, chunk.length - at)
      skipped += take
      offset += take
      const ended = skipped === step.skip && step.next === 'end'
      if (skipped === step.skip) {
        skipped = 0
        step = step.next === 'end' ? start : step.next
      }
      return { at: at + take, ended }
    }
    const take = Math.min(step.need - header.length, chunk.length - at)
    header = Buffer.concat([header, chunk.subarray(at, at + take)])
    offset += take
    if (header.length === step.need) {
      const bytes = header
      header = Buffer.alloc(0)
      step = step.take(bytes)
    }
    return { at: at + take, ended: false }
  }

  /** Steps that take no bytes happen at once, also when the chunk has come to its end. */
  const takesNothing = (): boolean => ('skip' in step ? step.skip === 0 : step.need === 0)

  return {
    cut(bytes) {
      const chunk = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
      const pieces: Uint8Array[] = []
      let from = 0
      let at = 0
      while (at < chunk.length || takesNothing()) {
        const next = advance(chunk, at)
        at = next.at
        if (next.ended) {
          pieces.push(chunk.subarray(from, at))
          from = at
        }
      }
      if (from < chunk.length) {
        pieces.push(chunk.subarray(from))
      }
      return pieces.filter((piece) => piece.length > 0)
    },
    finish() {
      if (step !== start || header.length > 0 || offset === 0) {
        fail('is cut')
      }
    },
  }
}

function windowOf(byte: number): number {
  const base = 2 ** (10 + (byte >> 3))
  return base + (base / 8) * (byte & 7)
}

function readSize(fields: Buffer, at: number, length: number): number {
  if (length === 8) {
    return Number(fields.readBigUInt64LE(at))
  }
  return fields.readUIntLE(at, length) + (length === 2 ? 256 : 0)
}
