/** Where something is written. Lines and columns count from 1, columns in UTF-16 units as editors do. */
export type Place = {
  /** As it is shown: relative to where the user is when it lies below, else absolute; `-` is standard input. */
  readonly file: string
  readonly line: number
  readonly column: number
  readonly endLine: number
  readonly endColumn: number
}

/** A piece of a file to be replaced; equal offsets insert. Offsets are in UTF-16 units. */
export type Edit = {
  readonly path: string
  readonly start: number
  readonly end: number
  readonly text: string
}

/** A text with edits in it, none of which may touch another. */
export function withEdits(text: string, edits: readonly Edit[]): string {
  let result = text
  // From the end, so that offsets before stay true.
  for (const { start, end, text: inserted } of edits.toSorted((one, other) => other.start - one.start))
    result = result.slice(0, start) + inserted + result.slice(end)
  return result
}
