import { readRecords } from './pax.ts'
import { refuse } from './refuse.ts'

/** What stood before an entry's header and belongs to it. */
export type Extensions = {
  readonly records?: ReadonlyMap<string, string>
  readonly longName?: string
  readonly longLink?: string
}

export type ExtensionReader = {
  /** Takes the data of an extended header or long name (typeflag x, g, L or K) that began at `offset`. */
  add(typeflag: string, text: string, offset: number): void
  /** What there is for the entry that comes now. */
  take(): Extensions
  /** Something waits for an entry. */
  readonly pending: boolean
}

const none: Extensions = {}

/** Gathers what is said about an entry before its header; each kind once, or programs would differ in which counts. */
export function extensionReader(): ExtensionReader {
  let extensions = none

  function set(key: keyof Extensions, value: Extensions[typeof key], offset: number): void {
    if (extensions[key] !== undefined) {
      refuse(undefined, offset, 'an entry has two extended headers of one kind')
    }
    extensions = { ...extensions, [key]: value }
  }

  return {
    add(typeflag, text, offset) {
      if (typeflag === 'g') {
        checkGlobal(text, offset)
      } else if (typeflag === 'x') {
        set('records', readRecords(text, offset), offset)
      } else {
        set(typeflag === 'L' ? 'longName' : 'longLink', longText(text, offset), offset)
      }
    },
    take() {
      const taken = extensions
      extensions = none
      return taken
    },
    get pending() {
      return extensions !== none
    },
  }
}

/** GNU tar's long names end in one NUL, which is counted. */
function longText(text: string, offset: number): string {
  const name = text.endsWith('\0') ? text.slice(0, -1) : text
  if (name === '' || name.includes('\0')) {
    refuse(undefined, offset, 'a GNU long name is empty or has a NUL')
  }
  return name
}

/** Only the comment that begins what `git archive` makes: programs disagree about how long global records last. */
function checkGlobal(text: string, offset: number): void {
  const unknown = [...readRecords(text, offset).keys()].find((key) => key !== 'comment')
  if (offset !== 0 || unknown !== undefined) {
    refuse(
      undefined,
      offset,
      `it has a global extended header${unknown === undefined ? '' : ` with ${unknown}`}`,
    )
  }
}
