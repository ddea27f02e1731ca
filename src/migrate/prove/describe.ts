import { printableText } from '../../tar/name.ts'
import type { Difference } from './compare.ts'
import type { FactValue } from './manifest.ts'

/** A difference in a sentence, with what was and what is where that is short; of long texts the first lines that differ. */
export function describeDifference({
  kind,
  database,
  name,
  change,
  field,
  before,
  after,
}: Difference): string {
  const where = database === undefined ? '' : ` in database "${printableText(database)}"`
  const what = `${kind === 'rows' ? 'Table' : kind[0]?.toUpperCase()}${kind === 'rows' ? '' : kind.slice(1)} ${printableText(name)}${where}`
  switch (change) {
    case 'missing':
      return `${what} is gone.`
    case 'added':
      return `${what} was not there before.`
    case 'unread':
      return `${what} lets nobody in: what is in it cannot be compared.`
    case 'changed': {
      const [was, is] = firstDifference(before, after)
      return `${what}: ${field} was ${was} and is ${is}.`
    }
  }
}

const longest = 120

function firstDifference(
  before: FactValue | undefined,
  after: FactValue | undefined,
): readonly [string, string] {
  if (typeof before === 'string' && typeof after === 'string') {
    const [was, is] = [before.split('\n'), after.split('\n')]
    const at = was.findIndex((line, index) => line !== is[index])
    return at === -1
      ? [short(was.at(-1) ?? ''), short(is[was.length] ?? '')]
      : [short(was[at] ?? ''), short(is[at] ?? 'nothing')]
  }
  if (Array.isArray(before) && Array.isArray(after)) {
    const [gone, came] = [without(before, after), without(after, before)]
    return [gone === '' ? 'without' : short(gone), came === '' ? 'without it' : short(came)]
  }
  return [short(JSON.stringify(before ?? null)), short(JSON.stringify(after ?? null))]
}

function without(some: readonly FactValue[], others: readonly FactValue[]): string {
  const known = new Set(others.map((each) => JSON.stringify(each)))
  return some
    .map((each) => JSON.stringify(each))
    .filter((each) => !known.has(each))
    .join(', ')
}

function short(text: string): string {
  const printable = printableText(text.trim())
  return printable.length > longest ? `${printable.slice(0, longest)}…` : printable
}
