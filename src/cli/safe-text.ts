/**
 * Makes text from engines, archives and labels safe to print: control characters, which could move the cursor or
 * forge lines, and characters that reverse the direction of text are shown as `\x1b` or `\u202e`. Line feeds and
 * tabs stay in text that may have several lines.
 */
export function safeText(text: string): string {
  return text.replaceAll(unsafe, (character) => (/[\n\t]/.test(character) ? character : escape(character)))
}

/** The same for a single line: line feeds and tabs are shown as well. */
export function safeLine(text: string): string {
  return text.replaceAll(unsafe, escape)
}

// C0 and C1 controls, line and paragraph separators, direction marks, the byte order mark.
// oxlint-disable-next-line no-control-regex
const unsafe = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g

function escape(character: string): string {
  if (character === '\n') return String.raw`\n`
  if (character === '\t') return String.raw`\t`
  const code = character.codePointAt(0) ?? 0
  return code < 256 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`
}
