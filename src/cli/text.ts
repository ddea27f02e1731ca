/**
 * Breaks text into lines of at most `width` columns at spaces. A line that begins with a space is kept as it is,
 * so that examples and lists stay in shape.
 */
export function wrap(text: string, width: number): string[] {
  return text.split('\n').flatMap((paragraph) => {
    if (paragraph.startsWith(' ') || paragraph.length <= width) return [paragraph]
    const lines: string[] = []
    let line = ''
    for (const word of paragraph.split(' ')) {
      if (line !== '' && line.length + 1 + word.length > width) {
        lines.push(line)
        line = word
      } else {
        line = line === '' ? word : `${line} ${word}`
      }
    }
    return [...lines, line]
  })
}

/** Two columns, the second wrapped to what the screen leaves and aligned, as docker's help has them. */
export function columns(rows: readonly (readonly [string, string])[], gap: number, width: number): string[] {
  const first = Math.max(...rows.map(([left]) => left.length)) + gap
  const rest = Math.max(24, width - first)
  return rows.flatMap(([left, right]) =>
    wrap(right, rest).map((line, index) => `${(index === 0 ? left : '').padEnd(first)}${line}`.trimEnd()),
  )
}
