import { refuse } from './refuse.ts'

/** Records that other programs act upon: twice in one header, some would take the first and some the last. */
const onlyOnce = new Set(['path', 'linkpath', 'size', 'uid', 'gid', 'mtime'])

/** Bytes that all records but extended attributes may take together. */
const plainLimit = 1024 * 1024

/**
 * Reads the records of a POSIX extended header (`LENGTH KEY=VALUE\n`, POSIX pax, section "pax Extended Header").
 * Keys and values stay bytes. Only extended attributes may hold NUL.
 */
export function readRecords(text: string, offset: number): Map<string, string> {
  const records = new Map<string, string>()
  let plain = 0
  let at = 0
  while (at < text.length) {
    const space = text.indexOf(' ', at)
    const digits = space < 0 || space - at > 9 ? '' : text.slice(at, space)
    const end = /^[1-9][0-9]*$/.test(digits) ? at + Number(digits) : 0
    const equals = text.indexOf('=', space)
    if (end <= space + 2 || end > text.length || text[end - 1] !== '\n' || equals < 0 || equals > end - 2) {
      refuse(undefined, offset, 'an extended header record is malformed')
    }
    const key = text.slice(space + 1, equals)
    const value = text.slice(equals + 1, end - 1)
    checkRecord(key, value, offset)
    if (records.has(key) && (onlyOnce.has(key) || key.startsWith('GNU.'))) {
      refuse(undefined, offset, `an extended header gives ${key} twice`)
    }
    plain += key.startsWith('SCHILY.xattr.') ? 0 : end - at
    records.set(key, value)
    at = end
  }
  if (plain > plainLimit) {
    refuse(
      undefined,
      offset,
      `an extended header has more than ${plainLimit} bytes beside extended attributes`,
    )
  }
  return records
}

function checkRecord(key: string, value: string, offset: number): void {
  if (key === '' || key.includes('\0')) {
    refuse(undefined, offset, 'an extended header record has no proper name')
  }
  if (value.includes('\0') && !key.startsWith('SCHILY.xattr.')) {
    refuse(undefined, offset, `an extended header has a NUL in ${key}`)
  }
  if (value === '' && (onlyOnce.has(key) || key.startsWith('GNU.'))) {
    refuse(undefined, offset, `an extended header has an empty ${key}`)
  }
}

/** A decimal record as a number, exact, or a refusal. */
export function decimalRecord(path: string, offset: number, key: string, value: string): number {
  const number = /^[0-9]{1,16}$/.test(value) ? Number(value) : Number.NaN
  if (!Number.isSafeInteger(number)) {
    refuse(path, offset, `its extended header has a malformed ${key}`)
  }
  return number
}

/** A pax time as nanoseconds since 1970; digits beyond nanoseconds are cut towards the past, as GNU tar does. */
export function timeRecord(path: string, offset: number, key: string, value: string): bigint {
  const [, sign, whole, fraction = ''] = /^(-?)([0-9]{1,15})(?:\.([0-9]{0,100}))?$/.exec(value) ?? []
  if (whole === undefined) {
    refuse(path, offset, `its extended header has a malformed ${key}`)
  }
  const nanoseconds = BigInt(whole) * 1_000_000_000n + BigInt(fraction.slice(0, 9).padEnd(9, '0'))
  if (sign !== '-') {
    return nanoseconds
  }
  return /[1-9]/.test(fraction.slice(9)) ? -nanoseconds - 1n : -nanoseconds
}
