import { readEntry, type TarEntry } from './entry.ts'
import { extensionReader } from './extensions.ts'
import { blockSize, isZero, readHeader } from './header.ts'
import { refuse } from './refuse.ts'

export type { TarEntry } from './entry.ts'

/** Offsets in bytes from the start of the stream. */
export type TarPlace = {
  /** The entry's first header block, its own pax and long name headers included. */
  readonly start: number
  readonly dataStart: number
  /** After the data and its padding. */
  readonly end: number
}

/** What a parser tells, in the order of the archive. What these throw comes out of `push`. */
export type TarEvents = {
  entry(entry: TarEntry, place: TarPlace): void
  /** Data of the last entry, without padding. The chunk is a view: copy it to keep it. */
  data?(chunk: Uint8Array): void
  /** The end-of-archive mark (two zero blocks) begins at this offset. */
  end?(offset: number): void
  /** Whatever follows the end mark, unchecked. When left out, only zeros may follow. */
  trailer?(chunk: Uint8Array): void
}

export type TarParser = {
  /** Takes the next bytes, however many. Fails with ARCHIVE_REFUSED, then and on every later call. */
  push(chunk: Uint8Array): void
  /** Fails with ARCHIVE_REFUSED unless the whole end mark was seen. */
  finish(): void
  /** The whole end mark was seen. */
  readonly ended: boolean
}

export type TarParserOptions = {
  /**
   * Bytes that one extended header or long name may take; 8 MiB when left out, which is room for over a hundred
   * extended attributes of 64 KiB (the most that Linux lets one have). It is held in memory.
   */
  readonly extendedHeaderLimit?: number
}

/** What the block that is being read next is for. */
type State = 'header' | 'extension' | 'data' | 'padding' | 'second zero block' | 'ended'

/** Bytes of an extended header at most, unless another limit is asked for. It is held in memory. */
export const longestHeader = 8 * 1024 * 1024

/**
 * Reads a tar stream strictly, so that no other program can see other entries in it than the ones told. Skips data
 * that nobody asked for without touching it; holds at most one extended header.
 */
export function tarParser(events: TarEvents, options: TarParserOptions = {}): TarParser {
  const { extendedHeaderLimit = longestHeader } = options
  const block = Buffer.alloc(blockSize)
  const extensions = extensionReader()
  let state: State = 'header'
  /** Where in the stream the next byte is. */
  let offset = 0
  /** Bytes that the present state still needs; what it gathered so far, when it did not come in one chunk. */
  let missing = blockSize
  let gathered = 0
  let extension = { typeflag: '', size: 0, offset: 0, bytes: block }
  let start = 0
  let afterData = 0
  let failure: unknown

  function turn(next: State, bytes: number): void {
    state = next
    missing = bytes
    gathered = 0
  }

  function nextHeader(): void {
    turn('header', blockSize)
  }

  function header(bytes: Buffer, at: number): void {
    const place = offset - blockSize
    if (bytes[at] === 0 && isZero(bytes, at, at + blockSize)) {
      if (extensions.pending) {
        refuse(undefined, place, 'it ends after an extended header that belongs to no entry')
      }
      turn('second zero block', blockSize)
      return
    }
    const read = readHeader(bytes, at, place)
    if (!extensions.pending) {
      start = place
    }
    if ('xgLK'.includes(read.typeflag)) {
      if (read.size > extendedHeaderLimit) {
        refuse(undefined, place, `an extended header has more than ${extendedHeaderLimit} bytes`)
      }
      extension = { typeflag: read.typeflag, size: read.size, offset: place, bytes: block }
      turn('extension', padded(read.size))
      return
    }
    const entry = readEntry(read, extensions.take(), place)
    const end = offset + padded(entry.storedSize)
    if (!Number.isSafeInteger(end)) {
      refuse(entry.path, place, 'its size is beyond what can be')
    }
    afterData = end - offset - entry.storedSize
    turn('data', entry.storedSize)
    events.entry(entry, { start, dataStart: offset, end })
  }

  function finishExtension(bytes: Buffer, at: number): void {
    const { typeflag, size, offset: place } = extension
    const text = bytes.toString('latin1', at, at + size)
    extension = { typeflag: '', size: 0, offset: 0, bytes: block }
    extensions.add(typeflag, text, place)
    nextHeader()
  }

  function secondZeroBlock(bytes: Buffer, at: number): void {
    if (!isZero(bytes, at, at + blockSize)) {
      refuse(undefined, offset - blockSize, 'something follows a single zero block')
    }
    turn('ended', Number.POSITIVE_INFINITY)
    events.end?.(offset - 2 * blockSize)
  }

  /** Calls `use` once the bytes that the state needs are together; copies only when a chunk ends among them. */
  function gather(chunk: Buffer, at: number, use: (bytes: Buffer, at: number) => void): number {
    const take = Math.min(missing - gathered, chunk.length - at)
    offset += take
    if (take === missing) {
      use(chunk, at)
      return at + take
    }
    const into = state === 'extension' ? roomForExtension() : block
    chunk.copy(into, gathered, at, at + take)
    gathered += take
    if (gathered === missing) {
      use(into, 0)
    }
    return at + take
  }

  function roomForExtension(): Buffer {
    if (extension.bytes === block) {
      extension = { ...extension, bytes: Buffer.alloc(missing) }
    }
    return extension.bytes
  }

  function skip(chunk: Buffer, at: number): number {
    const take = Math.min(missing, chunk.length - at)
    if (state === 'data' && take > 0) {
      events.data?.(chunk.subarray(at, at + take))
    }
    offset += take
    missing -= take
    if (missing === 0) {
      if (state === 'data') {
        turn('padding', afterData)
      } else {
        nextHeader()
      }
    }
    return at + take
  }

  function afterEnd(chunk: Buffer, at: number): number {
    if (events.trailer !== undefined) {
      events.trailer(chunk.subarray(at))
    } else if (!isZero(chunk, at, chunk.length)) {
      refuse(undefined, offset, 'something follows its end (another archive, or garbage)')
    }
    offset += chunk.length - at
    return chunk.length
  }

  const uses: Readonly<Partial<Record<State, (bytes: Buffer, at: number) => void>>> = {
    header,
    extension: finishExtension,
    'second zero block': secondZeroBlock,
  }

  function step(chunk: Buffer, at: number): number {
    if (state === 'ended') {
      return afterEnd(chunk, at)
    }
    const use = uses[state]
    return use === undefined ? skip(chunk, at) : gather(chunk, at, use)
  }

  return {
    push(bytes) {
      if (failure !== undefined) {
        throw failure
      }
      try {
        const chunk = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
        let at = 0
        while (at < chunk.length) {
          at = step(chunk, at)
        }
      } catch (error) {
        failure = error
        throw error
      }
    },
    finish() {
      if (failure !== undefined) {
        throw failure
      }
      if (state !== 'ended') {
        refuse(undefined, offset, 'it is cut: its end mark is missing')
      }
    },
    get ended() {
      return state === 'ended'
    },
  }
}

function padded(size: number): number {
  return Math.ceil(size / blockSize) * blockSize
}
