/** One UTF-8 character that needs no escape, or a single byte. Over-long forms, surrogates and cut characters never match. */
const pieces =
  /(?:[\xc2-\xdf][\x80-\xbf]|\xe0[\xa0-\xbf][\x80-\xbf]|[\xe1-\xec\xee\xef][\x80-\xbf]{2}|\xed[\x80-\x9f][\x80-\xbf]|\xf0[\x90-\xbf][\x80-\xbf]{2}|[\xf1-\xf3][\x80-\xbf]{3}|\xf4[\x80-\x8f][\x80-\xbf]{2})|[^]/g

/** Control characters, and whatever is invisible or turns the direction of text: such a name could pose as another. */
const unprintable = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Co}\p{Cn}]/u

const shortEscapes: Readonly<Record<string, string>> = { '\n': '\\n', '\\': '\\\\' }

/**
 * A name as it can safely be shown: UTF-8 as text, every other byte, control and invisible character as `\xNN`,
 * newline as `\n`, backslash doubled. Different bytes always look different.
 */
export function printableName(bytes: string): string {
  if (/^[\x20-\x5b\x5d-\x7e]*$/.test(bytes)) {
    return bytes
  }
  return bytes.replace(pieces, (piece) => shortEscapes[piece] ?? textOf(piece) ?? hexadecimal(piece))
}

/** The same for a name that came as text, from a command line. */
export function printableText(text: string): string {
  return printableName(Buffer.from(text).toString('latin1'))
}

function textOf(piece: string): string | undefined {
  if (piece.length === 1) {
    return piece >= ' ' && piece <= '~' ? piece : undefined
  }
  const text = Buffer.from(piece, 'latin1').toString('utf8')
  return unprintable.test(text) ? undefined : text
}

function hexadecimal(piece: string): string {
  return Array.from(piece, (byte) => `\\x${byte.charCodeAt(0).toString(16).padStart(2, '0')}`).join('')
}
