import { looksLike } from './magic.ts'
import { numberField } from './number.ts'
import { refuse } from './refuse.ts'

export const blockSize = 512

/** One header block, its fields checked but not yet put together with the records before it. */
export type Header = {
  /** Prefix and name, joined. */
  readonly name: string
  readonly typeflag: string
  readonly linkName: string
  readonly size: number
  readonly mode: number
  readonly uid: number
  readonly gid: number
  /** Seconds since 1970. */
  readonly modified: number
  readonly major: number
  readonly minor: number
}

/**
 * Reads a header block at `at`. Accepts POSIX ustar, GNU and the old V7 form, and refuses whatever any program could
 * read in another way: wrong checksum, malformed numbers, bytes where another dialect would look for a name.
 * `offset` is the block's place in the archive, for messages.
 */
export function readHeader(block: Buffer, at: number, offset: number): Header {
  checkSum(block, at, offset)
  const dialect = dialectOf(block, at, offset)
  const name = textField(block, at, 100)
  const prefix = dialect === 'posix' ? textField(block, at + 345, 155) : ''
  if (prefix !== '' && name === '') {
    refuse(prefix, offset, 'the name field is empty and its prefix is not')
  }
  const path = prefix === '' ? name : `${prefix}/${name}`
  const number = (start: number, length: number, field: string, least: number): number => {
    const value = numberField(block, at + start, length)
    if (value === undefined || value < least) {
      refuse(path, offset, `its ${field} is not a number that tar allows`)
    }
    return value
  }
  const size = number(124, 12, 'size', 0)
  if (Number.isNaN(size)) {
    refuse(path, offset, 'its size is missing')
  }
  const old = dialect === 'v7'
  return {
    name: path,
    typeflag: String.fromCharCode(block[at + 156] ?? 0),
    linkName: textField(block, at + 157, 100),
    size,
    mode: number(100, 8, 'mode', 0) || 0,
    uid: number(108, 8, 'user', 0) || 0,
    gid: number(116, 8, 'group', 0) || 0,
    modified: number(136, 12, 'time', -Number.MAX_SAFE_INTEGER) || 0,
    major: old ? 0 : number(329, 8, 'device number', 0) || 0,
    minor: old ? 0 : number(337, 8, 'device number', 0) || 0,
  }
}

/** Whether the block holds nothing but zeros. */
export function isZero(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at += 1) {
    if (bytes[at] !== 0) {
      return false
    }
  }
  return true
}

function checkSum(block: Buffer, at: number, offset: number): void {
  let sum = 8 * 0x20
  for (let index = at; index < at + 148; index += 1) {
    sum += block[index] ?? 0
  }
  for (let index = at + 156; index < at + blockSize; index += 1) {
    sum += block[index] ?? 0
  }
  if (numberField(block, at + 148, 8) !== sum) {
    const other = offset === 0 ? looksLike(block.subarray(at)) : undefined
    const what = other === undefined ? '' : `; it seems to be ${other}`
    refuse(undefined, offset, `no tar header where one must be (wrong checksum)${what}`)
  }
}

function dialectOf(block: Buffer, at: number, offset: number): 'posix' | 'gnu' | 'v7' {
  const magic = block.toString('latin1', at + 257, at + 265)
  const name = textField(block, at, 100)
  if (magic === 'ustar\x0000') {
    if (!isZero(block, at + 500, at + blockSize)) {
      refuse(
        name,
        offset,
        'its header has bytes after the prefix (star format), which programs read differently',
      )
    }
    return 'posix'
  }
  if (magic === 'ustar  \0') {
    if (!isZero(block, at + 345, at + blockSize)) {
      refuse(name, offset, 'its header has GNU fields where other programs look for a name')
    }
    return 'gnu'
  }
  // GNU tar writes device numbers there even in this format.
  const numbers = [329, 337].every((field) => ((numberField(block, at + field, 8) ?? 1) || 0) === 0)
  if (!isZero(block, at + 257, at + 329) || !numbers || !isZero(block, at + 345, at + blockSize)) {
    refuse(name, offset, 'its header is neither POSIX, GNU nor V7 tar')
  }
  return 'v7'
}

function textField(block: Buffer, start: number, length: number): string {
  let end = start
  while (end < start + length && block[end] !== 0) {
    end += 1
  }
  return block.toString('latin1', start, end)
}
