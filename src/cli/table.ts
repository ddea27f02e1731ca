import { displayWidth, padTo } from './display-width.ts'
import { safeLine } from './safe-text.ts'

export type Column<Row> = { readonly header: string; readonly value: (row: Row) => string }

const narrowest = 10
const gap = 3

/**
 * A table as docker prints it: headers in capitals, columns at least ten wide and three spaces apart, nothing after
 * the last (docker/cli, cli/command/formatter: tabwriter 10, 1, 3). Values are made safe to print.
 */
export function table<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string {
  const lines = [
    columns.map(({ header }) => header),
    ...rows.map((row) => columns.map(({ value }) => safeLine(value(row)))),
  ]
  const widths = columns.map((_, index) =>
    Math.max(narrowest, ...lines.map((line) => displayWidth(line[index] ?? '') + gap)),
  )
  const last = columns.length - 1
  return lines
    .map((line) =>
      line.map((cell, index) => (index === last ? cell : padTo(cell, widths[index] ?? 0))).join(''),
    )
    .map((line) => `${line.trimEnd()}\n`)
    .join('')
}
