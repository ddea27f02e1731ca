import { safeLine } from './safe-text.ts'
import { type Column, table } from './table.ts'
import type { Terminal } from './terminal.ts'

export type OutputFormat = 'table' | 'json'

export type ListReport<Row> = {
  readonly rows: readonly Row[]
  readonly format: OutputFormat
  /** Print only references, one a line. */
  readonly quiet?: boolean
  readonly columns: readonly Column<Row>[]
  /** What `--quiet` prints of a row. */
  readonly reference: (row: Row) => string
  /** The object that `--format json` prints; the row itself when left out. */
  readonly json?: (row: Row) => unknown
}

/** Prints a list: references, one JSON object a line, or a table, as docker's lists do. */
export async function reportList<Row>(terminal: Terminal, list: ListReport<Row>): Promise<void> {
  const { rows, format, quiet, columns, reference, json } = list
  if (quiet === true) await terminal.out(rows.map((row) => `${safeLine(reference(row))}\n`).join(''))
  else if (format === 'json') {
    await terminal.out(
      rows.map((row) => `${JSON.stringify(json === undefined ? row : json(row))}\n`).join(''),
    )
  } else await terminal.out(table(columns, rows))
}

/** Prints a JSON array, indented by four as docker's inspects are. */
export async function reportInspect(terminal: Terminal, values: readonly unknown[]): Promise<void> {
  await terminal.out(`${JSON.stringify(values, undefined, 4)}\n`)
}

/** Prints one JSON object on one line. */
export async function reportJson(terminal: Terminal, value: unknown): Promise<void> {
  await terminal.out(`${JSON.stringify(value)}\n`)
}
