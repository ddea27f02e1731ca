import type { Row } from './check.ts'

/**
 * The rows that the script of `askServer` prints: a line of JSON for each, or `! DATABASE TAB COMPLAINT`.
 */
export function rowsIn(output: string): readonly Row[] {
  return output.split('\n').flatMap((line): Row[] => {
    if (line.startsWith('{')) return [rowOf(JSON.parse(line))]
    const [, database, said] = /^! ([^\t]*)\t(.*)$/.exec(line) ?? []
    return database === undefined ? [] : [{ query: 'failed', database, said: (said ?? '').trim() }]
  })
}

function rowOf(line: unknown): Row {
  const { row, ...place } = fieldsOf(line)
  return { ...texts(place), ...texts(fieldsOf(row)) }
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {}
}

/** As text; null is left out. */
function texts(fields: Readonly<Record<string, unknown>>): Row {
  return Object.fromEntries(
    Object.entries(fields).flatMap(([name, value]) =>
      typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
        ? [[name, String(value)]]
        : [],
    ),
  )
}
