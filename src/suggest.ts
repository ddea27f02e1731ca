/** The words that `typed` was most likely meant to be: one or two slips away, or begun and not finished. */
export function suggest(typed: string, words: readonly string[]): string[] {
  const allowed = Math.max(1, Math.min(2, Math.floor(typed.length / 3)))
  return words
    .map((word) => ({ word, distance: word.startsWith(typed) ? 0 : editDistance(typed, word) }))
    .filter(({ distance }) => distance <= allowed)
    .sort((left, right) => left.distance - right.distance)
    .map(({ word }) => word)
    .slice(0, 3)
}

/** Letters to insert, remove, replace or swap with their neighbour (optimal string alignment). */
function editDistance(left: string, right: string): number {
  const rows: number[][] = [Array.from({ length: right.length + 1 }, (_, index) => index)]
  const at = (row: number, column: number) => rows[row]?.[column] ?? Infinity
  for (let i = 1; i <= left.length; i++) {
    rows.push([i])
    for (let j = 1; j <= right.length; j++) {
      const same = left[i - 1] === right[j - 1] ? 0 : 1
      let best = Math.min(at(i - 1, j) + 1, at(i, j - 1) + 1, at(i - 1, j - 1) + same)
      if (i > 1 && j > 1 && left[i - 1] === right[j - 2] && left[i - 2] === right[j - 1]) {
        best = Math.min(best, at(i - 2, j - 2) + 1)
      }
      rows[i]?.push(best)
    }
  }
  return at(left.length, right.length)
}
