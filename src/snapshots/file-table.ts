import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import { VolError } from '../errors.ts'
import { encodeSeekTable, readSeekTable } from '../frames/seek-table.ts'
import type { Blob, BlobWriter } from '../stores/store.ts'
import { decodeFileRecord, encodeFileRecord } from './file-record.ts'
import type { Descriptor, FileRecord } from './format.ts'

/** A frame holds whole lines, at most so many bytes of them. Reading and writing needs the memory of a few frames. */
const frameSize = 4 * 1024 * 1024
const compression = {
  params: { [constants.ZSTD_c_compressionLevel]: 3, [constants.ZSTD_c_checksumFlag]: 1 },
}

export type FileTableWriter = {
  add(record: FileRecord): void
  /** Writes what is left and the seek table, and finishes the blob. */
  finish(): Promise<Descriptor>
}

/** Writes a file table: lines of JSON in zstd frames, ended by a seek table; plain `zstd -d` reads it. */
export function fileTableWriter(blob: BlobWriter): FileTableWriter {
  const frames: { compressed: number; raw: number }[] = []
  const pending = Buffer.allocUnsafe(frameSize)
  let filled = 0

  function flush(): void {
    if (filled === 0) return
    const frame = zstdCompressSync(pending.subarray(0, filled), compression)
    blob.write(frame)
    frames.push({ compressed: frame.length, raw: filled })
    filled = 0
  }

  return {
    add(record) {
      const line = `${encodeFileRecord(record)}\n`
      const size = Buffer.byteLength(line)
      if (size > frameSize) throw new VolError('FAILED', `A path of ${record.path.length} bytes is too long.`)
      if (filled + size > frameSize) flush()
      filled += pending.write(line, filled)
    },
    finish() {
      flush()
      blob.write(encodeSeekTable(frames))
      return blob.finish()
    },
  }
}

/** Reads a file table in its order. Fails with SNAPSHOT_DAMAGED at the first frame or line that is not right. */
export async function* readFileTable(blob: Blob): AsyncIterable<FileRecord> {
  for (const frame of await readSeekTable(blob)) {
    if (frame.raw > frameSize) throw damaged('a frame is too large')
    const content = unpack(await blob.read(frame.position, frame.compressed), frame.raw)
    if (content.at(-1) !== 0x0a) throw damaged('a line is cut')
    for (const line of content.toString('utf8', 0, content.length - 1).split('\n')) yield parse(line)
  }
}

/** Node 22 gives back the beginning of a frame that is cut, without an error (nodejs/node#64592): look at the length. */
function unpack(frame: Buffer, raw: number): Buffer {
  let content: Buffer
  try {
    content = zstdDecompressSync(frame, { maxOutputLength: Math.max(raw, 1) })
  } catch (error) {
    throw damaged('a frame cannot be unpacked', error)
  }
  if (content.length !== raw || raw === 0) throw damaged('a frame has the wrong length')
  return content
}

function parse(line: string): FileRecord {
  try {
    return decodeFileRecord(line)
  } catch (error) {
    throw damaged(error instanceof Error ? error.message : 'a line is unreadable', error)
  }
}

function damaged(what: string, cause?: unknown): VolError {
  return new VolError('SNAPSHOT_DAMAGED', `The file table of a snapshot is damaged: ${what}.`, { cause })
}
