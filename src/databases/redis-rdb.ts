import { latin1 } from './bytes.ts'

/** The beginning of a dump. */
export type Rdb = {
  /** Of the format. */
  readonly version: number
  readonly isValkey: boolean
  /** Of the server that wrote it, as it says: `8.0.2`. */
  readonly server?: string
  /** Seconds since 1970. */
  readonly savedAt?: number
}

/**
 * Reads the beginning of an RDB file: `REDIS` and four digits, or `VALKEY` and three (9 on), then fields of text, each after a
 * byte 0xFA (rdb.c, rdbSaveInfoAuxFields). Undefined when it is not one; what is cut or odd is left out.
 */
export function readRdb(start: Uint8Array | undefined): Rdb | undefined {
  const magic = /^(?:REDIS(\d{4})|VALKEY(\d{3}))/.exec(latin1(start?.subarray(0, 9)))
  if (start === undefined || magic === null) return undefined
  const fields = new Map<string, string>()
  let at = 9
  while (start[at] === 0xfa) {
    const name = readText(start, at + 1)
    const value = name && readText(start, name.end)
    if (name === undefined || value === undefined) break
    fields.set(name.text, value.text)
    at = value.end
  }
  const valkey = fields.get('valkey-ver')
  const server = [valkey, fields.get('redis-ver')].find((text) => /^\d+\.\d+\.\d+/.test(text ?? ''))
  const time = Number(fields.get('ctime') ?? Number.NaN)
  return {
    version: Number(magic[1] ?? magic[2]),
    isValkey: magic[2] !== undefined || valkey !== undefined,
    ...(server === undefined ? {} : { server }),
    ...(Number.isSafeInteger(time) ? { savedAt: time } : {}),
  }
}

/** A text: its length in 6 or 14 bits, or a whole number in 8, 16 or 32 bits, as the first two bits say. */
function readText(
  bytes: Uint8Array,
  at: number,
): { readonly text: string; readonly end: number } | undefined {
  const first = bytes[at]
  if (first === undefined) return undefined
  const kind = first >>> 6
  if (kind === 3) {
    const width = [1, 2, 4][first & 0x3f]
    if (width === undefined || at + 1 + width > bytes.length) return undefined
    const value = Buffer.from(bytes).readIntLE(at + 1, width)
    return { text: String(value), end: at + 1 + width }
  }
  if (kind === 2) return undefined
  const begin = at + 1 + kind
  const length = kind === 0 ? first : ((first & 0x3f) << 8) | (bytes[at + 1] ?? 0)
  if (begin + length > bytes.length) return undefined
  return { text: latin1(bytes.subarray(begin, begin + length)), end: begin + length }
}
