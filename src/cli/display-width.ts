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
  /\p{Emoji_Presentation}|[\u1100-\u115f\u2e80-\u303e\u3041-\u4dbf\u4e00-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}]|\ufe0f/u
