/** A unified diff as `patch -p1` and `git apply` take it; empty when nothing differs. */
export function unifiedDiff(name: string, before: string, after: string): string {
  if (before === after) return ''
  const [old, young] = [linesOf(before), linesOf(after)]
  const changes = changesBetween(old, young)
  const hunks = hunksOf(changes).map((hunk) => hunkText(hunk, old, young))
  return `--- a/${name}\n+++ b/${name}\n${hunks.join('')}`
}

/** Lines `[from, to)` of the old text become lines `[start, end)` of the new. */
type Change = { readonly from: number; readonly to: number; readonly start: number; readonly end: number }

const context = 3

/** Lines with their ends; the last may have none. */
function linesOf(text: string): readonly string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? []
}

/** The shortest way from one to the other (Myers): edits are few, so this is quick however long the file is. */
function changesBetween(old: readonly string[], young: readonly string[]): readonly Change[] {
  const trace: Map<number, number>[] = []
  let reached = new Map<number, number>([[1, 0]])
  for (let cost = 0; ; cost++) {
    const next = new Map(reached)
    for (let diagonal = -cost; diagonal <= cost; diagonal += 2) {
      const down =
        diagonal === -cost ||
        (diagonal !== cost && (reached.get(diagonal - 1) ?? -1) < (reached.get(diagonal + 1) ?? -1))
      let x = down ? (reached.get(diagonal + 1) ?? 0) : (reached.get(diagonal - 1) ?? 0) + 1
      while (x < old.length && x - diagonal < young.length && old[x] === young[x - diagonal]) x += 1
      next.set(diagonal, x)
      if (x >= old.length && x - diagonal >= young.length) return walkBack([...trace, reached], old, young)
    }
    trace.push(reached)
    reached = next
  }
}

function walkBack(
  trace: readonly ReadonlyMap<number, number>[],
  old: readonly string[],
  young: readonly string[],
): readonly Change[] {
  const changes: Change[] = []
  let [x, y] = [old.length, young.length]
  for (let cost = trace.length - 1; cost > 0; cost--) {
    const reached = trace[cost] ?? new Map<number, number>()
    const diagonal = x - y
    const down =
      diagonal === -cost ||
      (diagonal !== cost && (reached.get(diagonal - 1) ?? -1) < (reached.get(diagonal + 1) ?? -1))
    const before = down ? diagonal + 1 : diagonal - 1
    const fromX = reached.get(before) ?? 0
    const fromY = fromX - before
    changes.unshift(
      down
        ? { from: fromX, to: fromX, start: fromY, end: fromY + 1 }
        : { from: fromX, to: fromX + 1, start: fromY, end: fromY },
    )
    x = fromX
    y = fromY
  }
  return changes
}

/** Changes that are near each other share a hunk. */
function hunksOf(changes: readonly Change[]): readonly (readonly Change[])[] {
  const hunks: Change[][] = []
  for (const change of changes) {
    const last = hunks.at(-1)
    if (last !== undefined && change.from - (last.at(-1)?.to ?? 0) <= 2 * context) last.push(change)
    else hunks.push([change])
  }
  return hunks
}

function hunkText(changes: readonly Change[], old: readonly string[], young: readonly string[]): string {
  const [first, last] = [changes[0], changes.at(-1)]
  if (first === undefined || last === undefined) return ''
  const from = Math.max(0, first.from - context)
  const to = Math.min(old.length, last.to + context)
  const start = first.start - (first.from - from)
  const end = last.end + (to - last.to)
  const lines: string[] = []
  let at = from
  for (const change of changes) {
    lines.push(...old.slice(at, change.from).map((line) => ` ${line}`))
    lines.push(...old.slice(change.from, change.to).map((line) => `-${line}`))
    lines.push(...young.slice(change.start, change.end).map((line) => `+${line}`))
    at = change.to
  }
  lines.push(...old.slice(at, to).map((line) => ` ${line}`))
  const body = lines.map((line) => (line.endsWith('\n') ? line : `${line}\n\\ No newline at end of file\n`))
  return `@@ -${range(from, to)} +${range(start, end)} @@\n${body.join('')}`
}

/** An empty range names the line before it. */
function range(from: number, to: number): string {
  return `${from === to ? from : from + 1},${to - from}`
}
