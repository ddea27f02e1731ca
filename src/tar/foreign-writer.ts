import { VolError } from '../errors.ts'
import type { EntryType, Warning } from '../snapshots/format.ts'
import type { TarEntry } from './entry.ts'
import { isZero } from './header.ts'
import { packer } from './pack.ts'
import { tarParser } from './parse.ts'
import { foreignPolicy } from './policy.ts'
import { refuse } from './refuse.ts'
import { type SparseMap, sparseMapReader } from './sparse.ts'
import { topDirectory } from './top-directory.ts'
import { endOfArchive, paddingAfter, paxEntry } from './write.ts'
import { humanSize } from '../units.ts'

/** What an admitted entry must be once it is unpacked. Paths as in a `FileRecord`: `.` for the root, no `./`. */
export type ImportedEntry = {
  readonly path: string
  readonly type: EntryType
  /** Bytes as programs see them. */
  readonly size: number
  readonly mode: number
  readonly uid: number
  readonly gid: number
  readonly modified: bigint
  readonly target?: string
  readonly device?: string
  readonly sparse: boolean
}

export type ImportOptions = {
  readonly allowDevices?: boolean
  /**
   * File data and large attributes that there is room for, holes not counted; NO_SPACE beyond. A small compressed
   * archive can hold endless zeros.
   */
  readonly maxBytes?: number
  /** ARCHIVE_REFUSED beyond; ten million when left out. */
  readonly maxEntries?: number
  /** Called for every entry before its bytes are given out. */
  entry?(entry: ImportedEntry): void
}

export type ImportSummary = {
  /** Everything but the root. */
  readonly entries: number
  /** Regular files, further hard links not counted. */
  readonly files: number
  /** Sum of the files' sizes as programs see them. */
  readonly bytes: number
  readonly warnings: readonly Warning[]
  /**
   * The one directory that all else lies in, when the archive began with it: `tar czf x.tgz -C / data` archives a
   * volume so, and what is in the directory was in the volume.
   */
  readonly singleTopDirectory?: string
}

/** An entry's headers up to this size cost no more than its inode does. */
const smallHeaders = 16 * 1024
/** Zeros after the end mark: more than any blocking factor gives. */
const longestTrailer = 16 * 1024 * 1024

/**
 * The synchronous heart of `importForeign`: foreign bytes in, canonical bytes out. What `push` was given must stay
 * unchanged until the next `take`.
 */
export function foreignWriter(options: ImportOptions) {
  const { maxBytes = Number.POSITIVE_INFINITY, maxEntries = 10_000_000 } = options
  const policy = foreignPolicy(options)
  const output = packer()
  const top = topDirectory()
  const totals = { entries: 0, files: 0, bytes: 0, stored: 0, trailer: 0 }
  let map: { push(chunk: Uint8Array): SparseMap | undefined } | undefined
  let admitted: TarEntry | undefined
  let missing = 0

  const parser = tarParser({
    entry(foreign, { start, dataStart }) {
      const entry = policy.admit(foreign, start)
      admitted = entry
      missing = entry.storedSize
      count(entry, start, dataStart - start)
      const { path, type, size, mode, uid, gid, modified, target, device, sparse } = entry
      const optional = {
        ...(target === undefined ? {} : { target }),
        ...(device === undefined ? {} : { device }),
      }
      map = undefined
      if (sparse) {
        const fail = (what: string): never => refuse(path, start, what)
        map = missing === 0 ? fail('its sparse map is missing') : sparseMapReader(size, missing, fail)
      }
      options.entry?.({ path, type, size, mode, uid, gid, modified, ...optional, sparse })
      if (!sparse) {
        output.add(paxEntry(entry))
      }
    },
    data(chunk) {
      missing -= chunk.length
      if (map === undefined) {
        output.add(chunk)
      } else {
        readMap(map, chunk)
      }
      if (missing === 0 && map !== undefined) {
        refuse(admitted?.path, undefined, 'its sparse map is cut')
      }
      if (missing === 0) {
        output.add(endOfArchive.subarray(0, paddingAfter(admitted?.storedSize ?? 0)))
      }
    },
    trailer(chunk) {
      totals.trailer += chunk.length
      if (!isZero(chunk, 0, chunk.length)) {
        refuse(undefined, undefined, 'something follows its end (another archive, or garbage)')
      }
      if (totals.trailer > longestTrailer) {
        refuse(undefined, undefined, `more than ${longestTrailer} zeros follow its end`)
      }
    },
  })

  function readMap(reader: { push(chunk: Uint8Array): SparseMap | undefined }, chunk: Uint8Array): void {
    const read = reader.push(chunk)
    if (read !== undefined && admitted !== undefined) {
      map = undefined
      admitted = { ...admitted, storedSize: read.bytes.length + read.dataSize }
      output.add(paxEntry(admitted))
      output.add(read.bytes)
      output.add(read.rest)
    }
  }

  function count(entry: TarEntry, start: number, headerSize: number): void {
    top.see(entry)
    totals.entries += entry.path === '.' ? 0 : 1
    totals.files += entry.type === 'file' ? 1 : 0
    totals.bytes += entry.size
    totals.stored += entry.storedSize + Math.max(0, headerSize - smallHeaders)
    if (totals.entries > maxEntries) {
      refuse(entry.path, start, `the archive has more than ${maxEntries} entries`)
    }
    if (totals.stored > maxBytes) {
      throw new VolError(
        'NO_SPACE',
        `The archive unpacks to more than the ${humanSize(maxBytes)} that there is room for.`,
      )
    }
  }

  return {
    push: (chunk: Uint8Array) => parser.push(chunk),
    take: (which?: { readonly all: boolean }) => output.take(which),
    finish() {
      parser.finish()
      output.add(endOfArchive)
    },
    summary(): ImportSummary {
      const { entries, files, bytes } = totals
      const singleTopDirectory = top.single()
      const single = singleTopDirectory === undefined ? {} : { singleTopDirectory }
      return { entries, files, bytes, warnings: policy.warnings(), ...single }
    },
  }
}
