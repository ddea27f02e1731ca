import type { Node } from '../../compose/node.ts'
import { lineOf, type SourceFile } from '../../compose/source-file.ts'

/** A comment `# docker-vol-ignore RULE: reason`, and the lines it is about. */
export type InlineIgnore = {
  readonly rule: string
  readonly reason: string
  readonly source: SourceFile
  readonly firstLine: number
  readonly lastLine: number
  /** The rule's name in the comment. */
  readonly at: Node
}

const comment = /(^|\s)#\s*docker-vol-ignore\s+([^:]*)(:(.*))?$/

/**
 * The ignores in a file. At the end of a line a comment is about that line; on a line of its own about the next one
 * and all that is indented below it.
 */
export function inlineIgnores(source: SourceFile): readonly InlineIgnore[] {
  if (!source.text.includes('docker-vol-ignore')) return []
  const found: InlineIgnore[] = []
  const count = source.lines.lineStarts.length
  for (let line = 1; line <= count; line++) {
    const text = lineOf(source, line)
    const match = comment.exec(text)
    if (match === null) continue
    const alone = text.slice(0, match.index).trim() === ''
    const [firstLine, lastLine] = alone ? blockBelow(source, line, count) : [line, line]
    const [, , names = '', , reason = ''] = match
    const start = text.indexOf(names, match.index + match[0].indexOf('docker-vol-ignore') + 17)
    for (const name of names.matchAll(/[^\s,]+/g)) {
      const offset = (source.lines.lineStarts[line - 1] ?? 0) + start + name.index
      found.push({
        rule: name[0],
        reason: reason.trim(),
        source,
        firstLine,
        lastLine,
        at: {
          kind: 'scalar',
          value: name[0],
          unset: [],
          interpolated: false,
          shared: false,
          span: { source, start: offset, end: offset + name[0].length },
        },
      })
    }
  }
  return found
}

/** The next line that says something, and the lines that are indented below it. */
function blockBelow(source: SourceFile, line: number, count: number): readonly [number, number] {
  let first = line + 1
  while (first < count && isSilent(lineOf(source, first))) first += 1
  const indent = indentOf(lineOf(source, first))
  let last = first
  for (let next = first + 1; next <= count; next++) {
    const text = lineOf(source, next)
    if (isSilent(text)) continue
    if (indentOf(text) <= indent) break
    last = next
  }
  return [first, last]
}

function isSilent(text: string): boolean {
  return /^\s*(#|$)/.test(text)
}

function indentOf(text: string): number {
  return text.length - text.trimStart().length
}
