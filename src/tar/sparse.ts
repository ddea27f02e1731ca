import { blockSize } from './header.ts'
import { paddingAfter } from './write.ts'

const mostPieces = 100_000
/** Two numbers of 16 digits and their newlines a piece, and the count. */
const longestMap = (2 * mostPieces + 1) * 17 + blockSize

export type SparseMap = {
  /** The map as GNU tar writes it, padded to whole blocks. */
  readonly bytes: Buffer
  /** Bytes of file data that follow it. */
  readonly dataSize: number
  /** Bytes of what was given to `push` that already are file data. */
  readonly rest: Uint8Array
}

/**
 * Reads the map at the start of a GNU sparse 1.0 file (GNU tar manual, "Storing Sparse Files"): decimal lines, how
 * many pieces, then offset and length of each. Give it chunks until it returns the map. `fail` must throw.
 */
export function sparseMapReader(
  size: number,
  storedSize: number,
  fail: (what: string) => never,
): { push(chunk: Uint8Array): SparseMap | undefined } {
  let gathered = Buffer.alloc(0)
  const numbers: number[] = []
  let wanted = 1
  let read = 0

  function readNumbers(): void {
    while (numbers.length < wanted) {
      const newline = gathered.indexOf(0x0a, read)
      if (newline < 0) {
        if (gathered.length - read > 16) {
          fail('its sparse map is malformed')
        }
        return
      }
      const text = gathered.toString('latin1', read, newline)
      if (!/^(?:0|[1-9][0-9]{0,15})$/.test(text)) {
        fail('its sparse map is malformed')
      }
      numbers.push(Number(text))
      read = newline + 1
      if (numbers.length === 1) {
        wanted = 1 + 2 * Number(text)
        if (Number(text) > mostPieces) {
          fail(`its sparse map has more than ${mostPieces} pieces`)
        }
      }
    }
  }

  return {
    push(chunk) {
      gathered = Buffer.concat([gathered, chunk])
      readNumbers()
      const mapSize = read + paddingAfter(read)
      if (numbers.length < wanted || gathered.length < mapSize) {
        return gathered.length > longestMap ? fail('its sparse map is malformed') : undefined
      }
      const { bytes, dataSize } = canonicalMap(numbers, size, fail)
      if (mapSize + dataSize !== storedSize) {
        fail('its sparse map does not fit the data that is stored')
      }
      return { bytes, dataSize, rest: gathered.subarray(mapSize) }
    },
  }
}

function canonicalMap(
  numbers: readonly number[],
  size: number,
  fail: (what: string) => never,
): { readonly bytes: Buffer; readonly dataSize: number } {
  const lines: number[] = []
  let end = 0
  let dataEnd = 0
  let dataSize = 0
  for (let index = 1; index < numbers.length; index += 2) {
    const offset = numbers[index] ?? 0
    const length = numbers[index + 1] ?? 0
    if (offset < end || offset + length > size) {
      fail('its sparse map is not in order or goes beyond its size')
    }
    // GNU tar starts each piece in a block of its own; Python does not. Whole blocks mean the same to both.
    if (length > 0 && dataSize % blockSize !== 0) {
      fail('its sparse map has a piece that is not whole blocks')
    }
    if (length > 0) {
      lines.push(offset, length)
      dataEnd = offset + length
    }
    end = offset + length
    dataSize += length
  }
  // GNU tar takes a file's size from the last piece.
  if (dataEnd < size || lines.length === 0) {
    lines.push(size, 0)
  }
  const text = [lines.length / 2, ...lines, ''].join('\n')
  const bytes = Buffer.alloc(text.length + paddingAfter(text.length))
  bytes.write(text, 'latin1')
  return { bytes, dataSize }
}
