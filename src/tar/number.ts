const zero = 0x30
const space = 0x20

/**
 * A numeric header field, or undefined when it is not one: octal digits that may follow spaces and that only spaces
 * and NULs may follow, or base-256 (first byte 0x80, or 0xff for a negative number). A blank field is NaN.
 * GNU tar also skips a leading NUL and reads old base-64 numbers; other programs read those differently.
 */
export function numberField(block: Uint8Array, start: number, length: number): number | undefined {
  const end = start + length
  const first = block[start] ?? 0
  if (first === 0x80 || first === 0xff) {
    return base256(block, start, end)
  }
  let at = start
  while (at < end && block[at] === space) {
    at += 1
  }
  const digits = at
  let value = 0
  for (; at < end; at += 1) {
    const digit = (block[at] ?? 0) - zero
    if (digit < 0 || digit > 7) {
      break
    }
    value = value * 8 + digit
  }
  const empty = at === digits
  for (; at < end; at += 1) {
    if (block[at] !== space && block[at] !== 0) {
      return undefined
    }
  }
  return empty ? Number.NaN : value
}

function base256(block: Uint8Array, start: number, end: number): number | undefined {
  const negative = block[start] === 0xff
  let value = negative ? -1n : 0n
  for (let at = start + 1; at < end; at += 1) {
    value = value * 256n + BigInt(block[at] ?? 0)
  }
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : undefined
}
