import { LineCounter } from 'yaml'
import type { Place } from './edit.ts'

/** A YAML file that was read: what places in it are, and what its relative paths are relative to. */
export type SourceFile = {
  /** Absolute; `-` for standard input. */
  readonly path: string
  /** As it is shown. */
  readonly name: string
  readonly text: string
  readonly baseDirectory: string
  readonly lines: LineCounter
  /** How its lines end: `\r\n` where any does. */
  readonly lineEnd: string
}

/** A piece of a file: offsets in UTF-16 units. */
export type Span = { readonly source: SourceFile; readonly start: number; readonly end: number }

export function sourceFile(parts: Omit<SourceFile, 'lines' | 'lineEnd'>): SourceFile {
  const lines = new LineCounter()
  lines.addNewLine(0)
  for (let at = parts.text.indexOf('\n'); at !== -1; at = parts.text.indexOf('\n', at + 1))
    lines.addNewLine(at + 1)
  return { ...parts, lines, lineEnd: parts.text.includes('\r\n') ? '\r\n' : '\n' }
}

export function placeOf({ source, start, end }: Span): Place {
  const from = source.lines.linePos(start)
  const to = source.lines.linePos(Math.max(start, end))
  return { file: source.name, line: from.line, column: from.col, endLine: to.line, endColumn: to.col }
}

/** The text of a line, which counts from 1. */
export function lineOf(source: SourceFile, line: number): string {
  const start = source.lines.lineStarts[line - 1] ?? source.text.length
  const end = source.text.indexOf('\n', start)
  return source.text.slice(start, end === -1 ? undefined : end).replace(/\r$/, '')
}
