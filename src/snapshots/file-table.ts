import { VolError } from '../errors.ts'
import { compressFrame, decompressFrame, discard } from '../frames/codec.ts'
import { encodeSeekTable, readSeekTable } from '../frames/seek-table.ts'
import type { Blob, BlobWriter } from '../stores/store.ts'
import { decodeFileRecord, encodeFileRecord } from './file-record.ts'
import type { Descriptor, FileRecord } from './format.ts'

/** A frame holds whole lines, at most so many bytes of them. Reading and writing needs the memory of a few frames. */
const frameSize = 1024 * 1024
/** What earlier versions may have written, and others may write. */
const largestFrame = 4 * 1024 * 1024

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
    const frame = compressFrame('zstd', pending.subarray(0, filled))
    blob.write(frame)
    frames.push({ compressed: frame.length, raw: filled })
    discard(frame)
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
    if (frame.raw > largestFrame) throw damaged('a frame is too large')
    const content = unpack(await blob.read(frame.position, frame.compressed), frame.raw)
    if (content.at(-1) !== 0x0a) throw damaged('a line is cut')
    const lines = content.toString('utf8', 0, content.length - 1).split('\n')
    discard(content)
    for (const line of lines) yield parse(line)
  }
}

function unpack(frame: Buffer, raw: number): Buffer {
  if (raw === 0) throw damaged('a frame is empty')
  try {
    const { buffer, byteOffset, length } = decompressFrame(frame, raw)
    return Buffer.from(buffer, byteOffset, length)
  } catch (error) {
    throw damaged('a frame cannot be unpacked', error)
  }
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
