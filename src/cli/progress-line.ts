import { styleText } from 'node:util'

import { cutTo, displayWidth, padTo } from './display-width.ts'
import { figuresOf, outcomeOf, type Work } from './progress-renderer.ts'
import { safeLine, safeText } from './safe-text.ts'
import type { Terminal } from './terminal.ts'

/** A line of the drawn list. */
export type Line =
  | { readonly work: Work; readonly state: 'running' | 'done' | 'failed' }
  | { readonly remark: string; readonly state: 'remark' }

/** What stands before the line of work that has ended, and in which colour. */
export const marks = {
  done: { mark: '✔', color: 'green' },
  failed: { mark: '✘', color: 'red' },
} as const

/** Colours what goes to stderr, if it may be; the libraries ask whether stdout may. */
export function paint({ color }: Terminal, style: 'cyan' | 'green' | 'red', text: string): string {
  return color ? styleText(style, text, { validateStream: false }) : text
}

/** A line as it is left on the screen, where nothing was drawn. */
export function lastingLine(line: Line, terminal: Terminal): string {
  const [text = ''] = textsOf([line], terminal.size().columns - 4)
  if (line.state === 'remark') return `${text}\n`
  if (line.state === 'running') return ''
  const { mark, color } = marks[line.state]
  return `${paint(terminal, color, mark)} ${text}\n`
}

/** The texts of the lines without their marks; those of work take no more than `columns`, remarks may. */
export function textsOf(lines: readonly Line[], columns: number): string[] {
  const titles = lines.map((line) => (line.state === 'running' ? displayWidth(safeLine(line.work.title)) : 0))
  const widest = Math.min(Math.max(0, ...titles), Math.max(10, Math.floor(columns * 0.4)))
  return lines.map((line) => {
    if (line.state === 'remark') return safeText(line.remark)
    return cutTo(
      line.state === 'running' ? running(line.work, widest, columns) : ended(line, columns),
      columns,
    )
  })
}

function running(work: Work, widest: number, columns: number): string {
  const start = padTo(cutTo(safeLine(work.title), widest), widest)
  const text = safeLine(work.text ?? '')
  const known = [...percentOf(work), ...figuresOf(work)]
  // Half a line of text may be cut, but half a bar says nothing.
  const taken = displayWidth([start, ...known, text.slice(0, 24)].join('  '))
  const parts = [start, ...barOf(work, columns - taken - 2), ...known, text]
  return parts.join('  ').trimEnd()
}

function ended({ work, state }: Extract<Line, { work: Work }>, columns: number): string {
  const text = safeLine(state === 'done' ? outcomeOf(work) : (work.text ?? 'failed'))
  const title = cutTo(safeLine(work.title), Math.max(10, columns - displayWidth(text) - 2))
  return `${title}  ${text}`
}

function percentOf({ done, total }: Work): string[] {
  if (total === undefined || total === 0) return []
  return [`${Math.min(100, Math.floor((done / total) * 100))}%`.padStart(4)]
}

/** `[=====>    ]`, as wide as there is room, up to 30 columns; nothing when there is no room or no total. */
function barOf({ done, total }: Work, room: number): string[] {
  const width = Math.min(30, room - 2)
  if (total === undefined || total === 0 || width < 8) return []
  const filled = Math.min(width, Math.floor((done / total) * width))
  const head = filled < width ? '>' : ''
  return [`[${`${'='.repeat(filled)}${head}`.padEnd(width)}]`]
}
