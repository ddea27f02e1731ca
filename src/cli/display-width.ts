/**
 * How many columns text takes on a terminal: letters of East Asia and emoji take two, marks that combine with the
 * letter before them none (Unicode Standard Annex 11, as near as regular expressions come to it).
 */
export function displayWidth(text: string): number {
  if (isNarrow.test(text)) return text.length
  let width = 0
  for (const { segment } of segmenter.segment(text)) {
    if (isWide.test(segment)) width += 2
    else if (!isInvisible.test(segment)) width += 1
  }
  return width
}

/** Pads on the right to a number of columns. */
export function padTo(text: string, columns: number): string {
  return text + ' '.repeat(Math.max(0, columns - displayWidth(text)))
}

/** Cuts what is longer than a number of columns, and says so with an ellipsis. */
export function cutTo(text: string, columns: number): string {
  if (displayWidth(text) <= columns) return text
  if (columns < 1) return ''
  let cut = ''
  let width = 0
  for (const { segment } of segmenter.segment(text)) {
    width += displayWidth(segment)
    if (width > columns - 1) break
    cut += segment
  }
  return `${cut}…`
}

const segmenter = new Intl.Segmenter('en')
const isNarrow = /^[\u0020-\u007e\u00a1-\u02ff]*$/
const isInvisible = /^[\p{Mark}\p{Control}\p{Format}\p{Surrogate}]+$/u
const isWide =
  /\p{Emoji_Presentation}|[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\u3000-\u303e\uff01-\uff60\uffe0-\uffe6]|\ufe0f/u
