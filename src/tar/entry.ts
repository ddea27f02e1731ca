import type { EntryType } from '../snapshots/format.ts'
import type { Extensions } from './extensions.ts'
import type { Header } from './header.ts'
import { decimalRecord, timeRecord } from './pax.ts'
import { refuse } from './refuse.ts'
import { typeOf } from './type-of.ts'

/** One member of an archive. Names and values are byte strings (latin1): one character a byte. */
export type TarEntry = {
  /** As the archive has it, after pax and GNU long names; a sparse file's real name. */
  readonly path: string
  readonly type: EntryType
  /** Where a symbolic link points, or the first name of a hard link. */
  readonly target?: string
  /** Bytes as programs see them: the real size of a sparse file. */
  readonly size: number
  /** Bytes of data that follow the headers in the archive, without padding. */
  readonly storedSize: number
  /** Permission bits with setuid, setgid and sticky. */
  readonly mode: number
  readonly uid: number
  readonly gid: number
  /** Nanoseconds since 1970, exact; negative before. */
  readonly modified: bigint
  /** `major:minor` of a device node. */
  readonly device?: string
  /** The data begins with a GNU sparse 1.0 map. */
  readonly sparse: boolean
  /** The extended header's records as they are. */
  readonly pax: ReadonlyMap<string, string>
}

/** Records by which some program reads the data in another way than GNU tar with sparse format 1.0. */
const refusedRecords =
  /^(?:GNU\.(?!sparse\.(?:major|minor|name|realsize)$)|SCHILY\.(?:realsize|filetype)$|SUN\.holesdata$)/

const sparseNeeds = ['GNU.sparse.major', 'GNU.sparse.minor', 'GNU.sparse.name', 'GNU.sparse.realsize']
const noRecords: ReadonlyMap<string, string> = new Map()

/** The largest number that eleven octal digits can write. */
const octalLimit = 0o77777777777

/** Puts a header and what stood before it together; refuses what two programs could read in two ways. */
export function readEntry(header: Header, extensions: Extensions, offset: number): TarEntry {
  const pax = extensions.records ?? noRecords
  const named = nameOf('path', extensions.longName, pax, header.name, offset)
  const sparse = isSparse(named, pax, offset)
  const path = (sparse ? pax.get('GNU.sparse.name') : undefined) ?? named
  const type = typeOf(header, path, offset)
  if (sparse && type !== 'file') {
    refuse(path, offset, 'it claims to be sparse and is not a regular file')
  }
  const storedSize = storedSizeOf(header, pax, path, offset)
  if (type !== 'file' && storedSize !== 0) {
    refuse(path, offset, `a ${type} cannot have data`)
  }
  const number = (key: string, fallback: number): number => {
    const value = pax.get(key)
    return value === undefined ? fallback : decimalRecord(path, offset, key, value)
  }
  const time = pax.get('mtime')
  return {
    path,
    type,
    ...targetOf(type, header, extensions, pax, path, offset),
    size: sparse ? number('GNU.sparse.realsize', 0) : storedSize,
    storedSize,
    mode: header.mode & 0o7777,
    uid: number('uid', header.uid),
    gid: number('gid', header.gid),
    modified:
      time === undefined ? BigInt(header.modified) * 1_000_000_000n : timeRecord(path, offset, 'mtime', time),
    ...(type === 'character' || type === 'block' ? { device: `${header.major}:${header.minor}` } : {}),
    sparse,
    pax,
  }
}

function nameOf(
  key: string,
  long: string | undefined,
  pax: ReadonlyMap<string, string>,
  short: string,
  offset: number,
): string {
  const record = pax.get(key)
  if (long !== undefined && record !== undefined) {
    refuse(record, offset, `it has two long forms of its ${key}`)
  }
  return record ?? long ?? short
}

function targetOf(
  type: EntryType,
  header: Header,
  extensions: Extensions,
  pax: ReadonlyMap<string, string>,
  path: string,
  offset: number,
): { readonly target?: string } {
  if (type !== 'symlink' && type !== 'hardlink') {
    return {}
  }
  const target = nameOf('linkpath', extensions.longLink, pax, header.linkName, offset)
  return target === '' ? refuse(path, offset, 'it is a link to nothing') : { target }
}

function storedSizeOf(
  header: Header,
  pax: ReadonlyMap<string, string>,
  path: string,
  offset: number,
): number {
  const record = pax.get('size')
  if (record === undefined) {
    return header.size
  }
  const size = decimalRecord(path, offset, 'size', record)
  const standIn = size > octalLimit && (header.size === 0 || header.size === octalLimit)
  if (size !== header.size && !standIn) {
    refuse(path, offset, `its two headers give different sizes (${header.size} and ${size})`)
  }
  return size
}

function isSparse(path: string, pax: ReadonlyMap<string, string>, offset: number): boolean {
  let sparse = false
  for (const key of pax.keys()) {
    if (refusedRecords.test(key)) {
      const old = key.startsWith('GNU.sparse.')
      refuse(
        path,
        offset,
        old ? `it is a GNU sparse file older than format 1.0 (${key})` : `${key} is not supported`,
      )
    }
    sparse ||= key.startsWith('GNU.sparse.')
  }
  if (!sparse) {
    return false
  }
  const complete = sparseNeeds.every((key) => pax.has(key))
  if (!complete || pax.get('GNU.sparse.major') !== '1' || pax.get('GNU.sparse.minor') !== '0') {
    refuse(path, offset, 'it is a GNU sparse file of a format other than 1.0')
  }
  return true
}
