import type { EntryType } from '../snapshots/format.ts'
import type { TarEntry } from './entry.ts'
import { blockSize } from './header.ts'

/** Two zero blocks. GNU tar needs no more padding on a pipe. */
export const endOfArchive: Buffer = Buffer.alloc(2 * blockSize)

const typeflags: Readonly<Record<EntryType, string>> = {
  file: '0',
  hardlink: '1',
  symlink: '2',
  character: '3',
  block: '4',
  directory: '5',
  fifo: '6',
}

/** The records beside those that follow from the entry's own fields; times of access and change are not kept. */
const keptRecords = /^(?:SCHILY\.(?:xattr|acl)\.|RHT\.security\.selinux$)/

/**
 * The headers of an entry: a pax header if the plain one cannot say everything, then a ustar header. Equal entries
 * give equal bytes. Of `entry.pax` only extended attributes, ACLs and SELinux labels are kept. The caller writes
 * `storedSize` bytes of data after it, then zeros up to a multiple of 512.
 */
export function paxEntry(entry: TarEntry): Buffer {
  const path = entry.type === 'directory' && !entry.path.endsWith('/') ? `${entry.path}/` : entry.path
  const records = recordsOf(entry, path).join('')
  const extended = records === '' ? 0 : blockSize + records.length + paddingAfter(records.length)
  const headers = Buffer.alloc(extended + blockSize)
  if (extended > 0) {
    writeHeader(headers, 0, 'x', { ...extendedHeader, storedSize: records.length })
    headers.write(records, blockSize, 'latin1')
  }
  const name = entry.sparse ? 'GNUSparseFile.0/entry' : path
  writeHeader(
    headers,
    extended,
    typeflags[entry.type],
    entry.path === name ? entry : { ...entry, path: name },
  )
  return headers
}

/** How many zeros bring `size` bytes of data up to whole blocks. */
export function paddingAfter(size: number): number {
  return (blockSize - (size % blockSize)) % blockSize
}

function recordsOf(entry: TarEntry, path: string): string[] {
  const records = new Map<string, string>()
  for (const [key, value] of entry.pax) {
    if (keptRecords.test(key)) {
      records.set(key, value)
    }
  }
  if (entry.sparse) {
    records.set('GNU.sparse.major', '1').set('GNU.sparse.minor', '0')
    records.set('GNU.sparse.name', path).set('GNU.sparse.realsize', String(entry.size))
  } else if (path.length > 100) {
    records.set('path', path)
  }
  if (entry.target !== undefined && entry.target.length > 100) {
    records.set('linkpath', entry.target)
  }
  const numbers = [
    ['size', entry.storedSize, 11],
    ['uid', entry.uid, 7],
    ['gid', entry.gid, 7],
  ] as const
  for (const [key, value, digits] of numbers) {
    if (value >= 8 ** digits) {
      records.set(key, String(value))
    }
  }
  if (entry.modified % 1_000_000_000n !== 0n || headerTime(entry.modified) === 0) {
    records.set('mtime', decimalTime(entry.modified))
  }
  return [...records].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, value]) => record(key, value))
}

/** A record counts its own length digits, which can add one more digit. */
function record(key: string, value: string): string {
  const rest = key.length + value.length + 3
  const length = rest + String(rest + String(rest).length).length
  return `${length} ${key}=${value}\n`
}

function decimalTime(nanoseconds: bigint): string {
  const size = nanoseconds < 0n ? -nanoseconds : nanoseconds
  const fraction = (size % 1_000_000_000n).toString().padStart(9, '0').replace(/0+$/, '')
  return `${nanoseconds < 0n ? '-' : ''}${size / 1_000_000_000n}${fraction === '' ? '' : `.${fraction}`}`
}

/** Whole seconds as eleven octal digits can say them; 0 when they cannot and the pax record alone counts. */
function headerTime(nanoseconds: bigint): number {
  const seconds = nanoseconds / 1_000_000_000n
  return seconds >= 0n && seconds < 8n ** 11n ? Number(seconds) : 0
}

type HeaderFields = Pick<
  TarEntry,
  'path' | 'target' | 'storedSize' | 'mode' | 'uid' | 'gid' | 'modified' | 'device'
>

const extendedHeader = { path: 'PaxHeaders/entry', mode: 0o644, uid: 0, gid: 0, modified: 0n }

/** Into zeros. */
function writeHeader(into: Buffer, at: number, typeflag: string, fields: HeaderFields): void {
  const [major = 0, minor = 0] = fields.device === undefined ? [] : fields.device.split(':').map(Number)
  into.write(fields.path.slice(0, 100), at, 'latin1')
  writeNumber(into, at + 100, 8, fields.mode)
  writeNumber(into, at + 108, 8, fields.uid)
  writeNumber(into, at + 116, 8, fields.gid)
  writeNumber(into, at + 124, 12, fields.storedSize)
  writeNumber(into, at + 136, 12, headerTime(fields.modified))
  into.write('        ', at + 148, 'latin1')
  into.write(typeflag, at + 156, 'latin1')
  if (fields.target !== undefined) {
    into.write(fields.target.slice(0, 100), at + 157, 'latin1')
  }
  into.write('ustar\x0000', at + 257, 'latin1')
  writeNumber(into, at + 329, 8, major)
  writeNumber(into, at + 337, 8, minor)
  let sum = 0
  for (let index = at; index < at + blockSize; index += 1) {
    sum += into[index] ?? 0
  }
  into.write(`${sum.toString(8).padStart(6, '0')}\0 `, at + 148, 'latin1')
}

/** Octal with a NUL, or base-256 where it does not fit: a program that knows no pax then still reads the right size. */
function writeNumber(block: Buffer, start: number, length: number, value: number): void {
  const octal = value.toString(8)
  if (octal.length < length) {
    block.write(octal.padStart(length - 1, '0'), start, 'latin1')
    return
  }
  let rest = BigInt(value)
  for (let at = start + length - 1; at > start; at -= 1) {
    block[at] = Number(rest & 0xffn)
    rest >>= 8n
  }
  block[start] = 0x80
}
