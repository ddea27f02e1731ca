import { VolError } from '../errors.ts'
import type { Blob } from '../stores/store.ts'

/** Where one zstd frame lies in a blob, and where its content lies in the unpacked whole. Bytes. */
export type Frame = {
  readonly position: number
  readonly compressed: number
  readonly rawPosition: number
  readonly raw: number
}

/**
 * The seek table of zstd's seekable format 0.1.0 (zstd, contrib/seekable_format/zstd_seekable_compression_format.md),
 * little endian: a skippable frame { magic, size }, per frame { compressed, raw }, and the footer
 * { number of frames, descriptor, magic }. `zstd -d` skips it. We write no checksums here: each frame has its own.
 */
const skippableMagic = 0x184d2a5e
const footerMagic = 0x8f92eab1
const headerSize = 8
const entrySize = 8
const footerSize = 9
const largest = 0xffff_ffff

/** The bytes that end a blob made of these frames. */
export function encodeSeekTable(
  frames: readonly { readonly compressed: number; readonly raw: number }[],
): Buffer {
  const table = Buffer.alloc(headerSize + frames.length * entrySize + footerSize)
  table.writeUInt32LE(skippableMagic, 0)
  table.writeUInt32LE(table.length - headerSize, 4)
  let position = headerSize
  for (const { compressed, raw } of frames) {
    if (compressed > largest || raw > largest) throw new RangeError('A zstd frame of 4 GiB or more')
    table.writeUInt32LE(compressed, position)
    table.writeUInt32LE(raw, position + 4)
    position += entrySize
  }
  table.writeUInt32LE(frames.length, position)
  table.writeUInt8(0, position + 4)
  table.writeUInt32LE(footerMagic, position + 5)
  return table
}

/** The frames of a blob in their order. Fails with SNAPSHOT_DAMAGED unless frames and table fill the blob exactly. */
export async function readSeekTable(blob: Blob): Promise<readonly Frame[]> {
  if (blob.size < headerSize + footerSize) throw damaged('is too short')
  const footer = await blob.read(blob.size - footerSize, footerSize)
  const count = footer.readUInt32LE(0)
  const tableSize = headerSize + count * entrySize + footerSize
  if (footer.readUInt32LE(5) !== footerMagic || footer.readUInt8(4) !== 0) throw damaged('has no end mark')
  if (tableSize > blob.size) throw damaged('lists more frames than fit')
  const table = await blob.read(blob.size - tableSize, tableSize)
  if (table.readUInt32LE(0) !== skippableMagic || table.readUInt32LE(4) !== tableSize - headerSize) {
    throw damaged('has no header')
  }
  const frames: Frame[] = []
  let position = 0
  let rawPosition = 0
  for (let entry = headerSize; entry < tableSize - footerSize; entry += entrySize) {
    const compressed = table.readUInt32LE(entry)
    const raw = table.readUInt32LE(entry + 4)
    if (compressed === 0) throw damaged('lists an empty frame')
    frames.push({ position, compressed, rawPosition, raw })
    position += compressed
    rawPosition += raw
  }
  if (position !== blob.size - tableSize) throw damaged('does not match the length of the blob')
  return frames
}

function damaged(what: string): VolError {
  return new VolError('SNAPSHOT_DAMAGED', `The seek table of a compressed blob ${what}.`)
}
