/**
 * Builds tar archives block by block, malformed ones too. It shares no code with `src/tar`, so that a misreading
 * there is not repeated here. Strings are bytes (latin1).
 */
export type RawHeader = {
  readonly name?: string
  readonly typeflag?: string
  readonly data?: string | Buffer
  readonly linkName?: string
  readonly mode?: number
  readonly uid?: number
  readonly gid?: number
  readonly modified?: number
  readonly prefix?: string
  /** The size field, when it is not to be the size of the data: a number, or the field's own bytes. */
  readonly size?: number | string
  readonly magic?: string
  readonly device?: readonly [major: number, minor: number]
  readonly checksum?: number
}

/** One header and its padded data. */
export function raw(fields: RawHeader): Buffer {
  const data =
    typeof fields.data === 'string' ? Buffer.from(fields.data, 'latin1') : (fields.data ?? Buffer.alloc(0))
  const block = Buffer.alloc(512)
  const put = (at: number, text: string): void => void block.write(text, at, 'latin1')
  const size = fields.size ?? data.length
  const [major, minor] = fields.device ?? [0, 0]
  put(0, fields.name ?? '')
  put(100, octal(fields.mode ?? 0o644, 8))
  put(108, octal(fields.uid ?? 0, 8))
  put(116, octal(fields.gid ?? 0, 8))
  put(124, typeof size === 'string' ? size : octal(size, 12))
  put(136, octal(fields.modified ?? 1_700_000_000, 12))
  put(148, ' '.repeat(8))
  put(156, fields.typeflag ?? '0')
  put(157, fields.linkName ?? '')
  put(257, fields.magic ?? 'ustar\x0000')
  if (fields.device !== undefined) {
    put(329, octal(major, 8) + octal(minor, 8))
  }
  put(345, fields.prefix ?? '')
  let sum = 0
  for (const byte of block) {
    sum += byte
  }
  put(148, `${octal(fields.checksum ?? sum, 7)} `)
  return Buffer.concat([block, data, Buffer.alloc((512 - (data.length % 512)) % 512)])
}

export const file = (name: string, data: string | Buffer = `I am ${name}`): Buffer => raw({ name, data })
export const directory = (name: string, mode = 0o755): Buffer => raw({ name, typeflag: '5', mode })
export const symlink = (name: string, linkName: string): Buffer =>
  raw({ name, typeflag: '2', linkName, mode: 0o777 })
export const hardLink = (name: string, linkName: string): Buffer => raw({ name, typeflag: '1', linkName })

/** A pax extended header with these records. */
export function pax(records: Readonly<Record<string, string>>, typeflag = 'x'): Buffer {
  const data = Object.entries(records).map(([key, value]) => record(key, value))
  return raw({ name: 'PaxHeaders/x', typeflag, data: data.join('') })
}

/** A pax record with its own length right. */
export function record(key: string, value: string): string {
  const rest = ` ${key}=${value}\n`
  let length = rest.length
  while (String(length).length + rest.length !== length) {
    length = String(length).length + rest.length
  }
  return `${length}${rest}`
}

/** A GNU long name (L) or long link (K). */
export const gnuLong = (typeflag: 'L' | 'K', text: string): Buffer =>
  raw({ name: '././@LongLink', typeflag, data: `${text}\0`, magic: 'ustar  \0' })

/** A sparse file in GNU's format 1.0. The map is written as given, padded to whole blocks. */
export function sparseFile(
  name: string,
  size: number,
  map: readonly number[],
  data: string | Buffer = '',
): Buffer {
  const text = `${map.join('\n')}\n`
  const padded = Buffer.alloc(Math.ceil(text.length / 512) * 512)
  padded.write(text)
  const records = {
    'GNU.sparse.major': '1',
    'GNU.sparse.minor': '0',
    'GNU.sparse.name': name,
    'GNU.sparse.realsize': String(size),
  }
  const stored = Buffer.concat([padded, typeof data === 'string' ? Buffer.from(data, 'latin1') : data])
  return Buffer.concat([pax(records), raw({ name: 'GNUSparseFile.1/x', data: stored })])
}

export const endMark = Buffer.alloc(1024)

/** The blocks and an end mark. */
export const archive = (...blocks: readonly Buffer[]): Buffer => Buffer.concat([...blocks, endMark])

function octal(value: number, length: number): string {
  return `${value.toString(8).padStart(length - 1, '0')}\0`
}
