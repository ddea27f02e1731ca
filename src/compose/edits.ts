/** Changes of a file that leave everything else in it as it is, byte for byte. */
import type { Edit } from './edit.ts'
import { entriesOf, type Entry, type Mapping, type Node } from './node.ts'
import type { SourceFile, Span } from './source-file.ts'

/** The node that stands in the file, if a change there changes nothing else. */
export function editable<Kind extends Node['kind']>(
  node: Node | undefined,
  kind: Kind,
): Extract<Node, { kind: Kind }> | undefined {
  const written = node?.origin ?? node
  if (written === undefined || written.shared || written.span.source.path === '-') return undefined
  return isKind(written, kind) ? written : undefined
}

function isKind<Kind extends Node['kind']>(node: Node, kind: Kind): node is Extract<Node, { kind: Kind }> {
  return node.kind === kind
}

/** The letters of a scalar without its quotes; undefined where letters and value are not the same. */
export function lettersOf(span: Span): (Span & { readonly text: string }) | undefined {
  const { source, start, end } = span
  const raw = source.text.slice(start, end)
  if (/^(["']).*\1$/s.test(raw)) {
    const text = raw.slice(1, -1)
    return /["'\\\n]/.test(text) ? undefined : { source, start: start + 1, end: end - 1, text }
  }
  return /^["'|>&*!]|\n/.test(raw) || raw === '' ? undefined : { source, start, end, text: raw }
}

/** Puts `text` (`key: value`) into a mapping, below the entry of `after` or before the first. */
export function insertEntry(mapping: Mapping, text: string, after?: string): Edit | undefined {
  const own = ownEntries(mapping)
  const [first] = own
  if (first === undefined) return undefined
  const { source } = mapping.span
  const before = own.find(({ key, value }) => key === after && value.kind === 'scalar' && !value.shared)
  if (mapping.flow)
    return before === undefined
      ? insertAt(source, first.keySpan.start, `${text}, `)
      : insertAt(source, before.value.span.end, `, ${text}`)
  const indent = indentOf(source, first.keySpan.start)
  if (indent === undefined) return undefined
  const line = before === undefined ? undefined : endOfLine(source, before.value.span)
  if (line === undefined) return insertAt(source, first.keySpan.start, `${text}${source.lineEnd}${indent}`)
  return insertAt(source, line, `${source.lineEnd}${indent}${text}`)
}

/** Puts lines at the end of a file. */
export function appendLines(source: SourceFile, lines: readonly string[]): Edit | undefined {
  // What follows in another document, or after its end, would not be in this one.
  if (/^(---|\.\.\.)/m.test(source.text.replace(/^(\s|#.*\n)*---/, ''))) return undefined
  const end = source.lineEnd
  const start = source.text === '' || source.text.endsWith('\n') ? '' : end
  return insertAt(source, source.text.length, `${start}${lines.map((line) => `${line}${end}`).join('')}`)
}

export function insertAt(source: SourceFile, at: number, text: string): Edit {
  return { path: source.path, start: at, end: at, text }
}

export function replaceSpan({ source, start, end }: Span, text: string): Edit {
  return { path: source.path, start, end, text }
}

/** The indentation of a key: nothing but space may stand before it on its line, and the dashes of lists. */
export function indentOf(source: SourceFile, at: number): string | undefined {
  const start = source.text.lastIndexOf('\n', at - 1) + 1
  const before = source.text.slice(start, at)
  return /^ *(- +)*$/.test(before) ? ' '.repeat(before.length) : undefined
}

/** The entries that are written in a mapping itself, not merged into it from elsewhere. */
function ownEntries(mapping: Mapping): readonly Entry[] {
  const { source, start, end } = mapping.span
  return entriesOf(mapping)
    .filter(({ keySpan }) => keySpan.source === source && keySpan.start >= start && keySpan.end <= end)
    .toSorted((one, other) => one.keySpan.start - other.keySpan.start)
}

/** Where the line ends in which a value of one line stands, its comment included. */
function endOfLine({ text }: SourceFile, { start, end }: Span): number | undefined {
  if (text.slice(start, end).includes('\n')) return undefined
  const found = text.indexOf('\n', end)
  const at = found === -1 ? text.length : found
  return text[at - 1] === '\r' ? at - 1 : at
}
