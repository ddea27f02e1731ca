import { latin1, viewOf } from './bytes.ts'

/** In which language a database of a cluster sorts and stores text, as pg_database has it. */
export type PostgresLocale = {
  readonly encoding: string
  /** `libc`, `icu` or `builtin`. Before 15 there was libc alone. */
  readonly provider: string
  readonly collate: string
  readonly ctype: string
  /** The locale of the provider, when that is not libc. */
  readonly locale?: string
  /** With which version of the provider the database was made; since 15, and never with musl. */
  readonly collationVersion?: string
}

/** How many bytes to read of `global/1262`: its first page, in which initdb puts the databases of every cluster. */
export const catalogBytes = 8192

/**
 * Reads the locale of `template1` from the first page of pg_database, the file `global/1262` (until somebody rewrites
 * that table). Layouts: storage/bufpage.h, access/htup_details.h and catalog/pg_database.h of each major. Undefined
 * when the database is not there, or the page is not as it should be.
 */
export function readPostgresLocale(bytes: Uint8Array | undefined, major: number): PostgresLocale | undefined {
  if (bytes === undefined || bytes.length < catalogBytes || major < 12) return undefined
  try {
    const rows = rowsOf(bytes).filter((row) => row.alive && nameAt(row.data, 4) === 'template1')
    const row = rows.at(-1)
    return row && localeOf(row, major)
  } catch (error) {
    // An offset pointed out of the page.
    if (error instanceof RangeError) return undefined
    throw error
  }
}

type Row = {
  readonly alive: boolean
  readonly data: Uint8Array
  /** By the number of a column, from 1. */
  readonly isNull: (column: number) => boolean
}

/** The rows of a heap page; little endian, as on every machine that has an official image but s390x. */
function rowsOf(page: Uint8Array): readonly Row[] {
  const view = viewOf(page)
  const lower = view.getUint16(12, true)
  const rows: Row[] = []
  for (let pointer = 24; pointer + 4 <= Math.min(lower, page.length); pointer += 4) {
    const bits = view.getUint32(pointer, true)
    const [offset, state, length] = [bits & 0x7fff, (bits >>> 15) & 3, bits >>> 17]
    // 1 is a row; the others point to one, are dead or free.
    if (state !== 1 || length < 24 || offset + length > page.length) continue
    const tuple = page.subarray(offset, offset + length)
    const header = viewOf(tuple)
    const flags = header.getUint16(20, true)
    const begin = header.getUint8(22)
    const hasNulls = (flags & 0x0001) !== 0
    rows.push({
      // Never deleted or replaced, or by a transaction that did not come to its end.
      alive: header.getUint32(4, true) === 0 || (flags & 0x0800) !== 0,
      data: tuple.subarray(begin),
      isNull: (column) =>
        hasNulls && ((tuple[23 + ((column - 1) >> 3)] ?? 0) & (1 << ((column - 1) & 7))) === 0,
    })
  }
  return rows
}

function localeOf(row: Row, major: number): PostgresLocale | undefined {
  const { data, isNull } = row
  const encoding = encodings[viewOf(data).getUint32(72, true)]
  if (encoding === undefined) return undefined
  // Until 14 two names of 64 bytes came next; since 15 a provider, and texts at the end.
  if (major < 15) return { encoding, provider: 'libc', collate: nameAt(data, 76), ctype: nameAt(data, 140) }
  const provider = providers[String.fromCharCode(data[76] ?? 0)]
  if (provider === undefined) return undefined
  // 17 has one more column before them, in what had been a gap; 16 one for ICU's rules between them.
  const first = major >= 17 ? 13 : 12
  const names = ['collate', 'ctype', 'locale', ...(major >= 16 ? ['rules'] : []), 'version'] as const
  const texts = new Map<string, string>()
  let at = 96
  for (const [index, name] of names.entries()) {
    if (isNull(first + index)) continue
    const header = data[at] ?? 0
    const length = header >>> 1
    // Text of less than 127 bytes has a header of one byte, whose lowest bit says so.
    if ((header & 1) === 0 || length === 0 || at + length > data.length) return undefined
    texts.set(name, latin1(data.subarray(at + 1, at + length)))
    at += length
  }
  const locale = texts.get('locale')
  const collationVersion = texts.get('version')
  return {
    encoding,
    provider,
    collate: texts.get('collate') ?? '',
    ctype: texts.get('ctype') ?? '',
    ...(locale === undefined ? {} : { locale }),
    ...(collationVersion === undefined ? {} : { collationVersion }),
  }
}

function nameAt(data: Uint8Array, offset: number): string {
  const [name = ''] = latin1(data.subarray(offset, offset + 64)).split('\0')
  return name
}

/** `collprovider` in catalog/pg_collation.h. */
const providers: Readonly<Record<string, string>> = { c: 'libc', i: 'icu', b: 'builtin' }

/** `pg_enc` in mb/pg_wchar.h, those that a database can have. */
const encodings = [
  'SQL_ASCII',
  'EUC_JP',
  'EUC_CN',
  'EUC_KR',
  'EUC_TW',
  'EUC_JIS_2004',
  'UTF8',
  'MULE_INTERNAL',
  'LATIN1',
  'LATIN2',
  'LATIN3',
  'LATIN4',
  'LATIN5',
  'LATIN6',
  'LATIN7',
  'LATIN8',
  'LATIN9',
  'LATIN10',
  'WIN1256',
  'WIN1258',
  'WIN866',
  'WIN874',
  'KOI8R',
  'WIN1251',
  'WIN1252',
  'ISO_8859_5',
  'ISO_8859_6',
  'ISO_8859_7',
  'ISO_8859_8',
  'WIN1250',
  'WIN1253',
  'WIN1254',
  'WIN1255',
  'WIN1257',
  'KOI8U',
]
