import { isUtf8 } from 'node:buffer'
import type { EntryType, FileRecord } from './format.ts'
import { fieldsOf, integer, oneOf, text, WrongShape } from './read.ts'

const entryTypes: readonly EntryType[] = [
  'file',
  'directory',
  'symlink',
  'hardlink',
  'fifo',
  'character',
  'block',
]
const nanoseconds = 1_000_000_000n
// oxlint-disable-next-line no-control-regex -- NUL is an ASCII byte, too.
const ascii = /^[\0-\x7f]*$/

/** One line of the file table as docs/format.md describes it, without the line's end. */
export function encodeFileRecord(record: FileRecord): string {
  return JSON.stringify({
    ...encodeBytes('path', record.path),
    type: record.type,
    size: record.size,
    mode: `0${record.mode.toString(8).padStart(3, '0')}`,
    uid: record.uid,
    gid: record.gid,
    modified: encodeTime(record.modified),
    ...(record.target === undefined ? {} : encodeBytes('target', record.target)),
    ...(record.device === undefined ? {} : { device: record.device }),
    layer: record.layer,
    offset: record.offset,
    length: record.length,
  })
}

/** Reads one line. Throws SyntaxError or WrongShape. */
export function decodeFileRecord(line: string): FileRecord {
  const fields = fieldsOf(JSON.parse(line), 'record')
  const target = decodeBytes('target', fields)
  const path = decodeBytes('path', fields)
  if (path === undefined || path === '') throw new WrongShape('record.path', 'a path')
  const mode = text(fields['mode'], 'record.mode')
  if (!/^0[0-7]{3,4}$/.test(mode)) throw new WrongShape('record.mode', 'an octal number')
  const device = fields['device'] === undefined ? undefined : text(fields['device'], 'record.device')
  if (device !== undefined && !/^\d+:\d+$/.test(device)) throw new WrongShape('record.device', 'major:minor')
  return {
    path,
    type: oneOf(fields['type'], 'record.type', entryTypes),
    size: integer(fields['size'], 'record.size'),
    mode: Number.parseInt(mode, 8),
    uid: integer(fields['uid'], 'record.uid'),
    gid: integer(fields['gid'], 'record.gid'),
    modified: decodeTime(text(fields['modified'], 'record.modified')),
    ...(target === undefined ? {} : { target }),
    ...(device === undefined ? {} : { device }),
    layer: integer(fields['layer'], 'record.layer'),
    offset: integer(fields['offset'], 'record.offset'),
    length: integer(fields['length'], 'record.length'),
  }
}

/** Nanoseconds as decimal seconds: `-0.500000000` is half a second before 1970. */
function encodeTime(time: bigint): string {
  const magnitude = time < 0n ? -time : time
  const fraction = (magnitude % nanoseconds).toString().padStart(9, '0')
  return `${time < 0n ? '-' : ''}${magnitude / nanoseconds}.${fraction}`
}

function decodeTime(time: string): bigint {
  const match = /^(-?)(\d{1,19})\.(\d{9})$/.exec(time)
  if (match === null) throw new WrongShape('record.modified', 'seconds.nanoseconds')
  const magnitude = BigInt(match[2] ?? '') * nanoseconds + BigInt(match[3] ?? '')
  return match[1] === '-' ? -magnitude : magnitude
}

/** Bytes that are UTF-8 are written as what they mean, others as base64 under `<name>Base64`. */
function encodeBytes(name: string, bytes: string): Record<string, string> {
  if (ascii.test(bytes)) return { [name]: bytes }
  const buffer = Buffer.from(bytes, 'latin1')
  return isUtf8(buffer)
    ? { [name]: buffer.toString('utf8') }
    : { [`${name}Base64`]: buffer.toString('base64') }
}

function decodeBytes(name: string, fields: Readonly<Record<string, unknown>>): string | undefined {
  const base64 = fields[`${name}Base64`]
  if (base64 !== undefined)
    return Buffer.from(text(base64, `record.${name}Base64`), 'base64').toString('latin1')
  const value = fields[name]
  if (value === undefined) return undefined
  const plain = text(value, `record.${name}`)
  return ascii.test(plain) ? plain : Buffer.from(plain, 'utf8').toString('latin1')
}
