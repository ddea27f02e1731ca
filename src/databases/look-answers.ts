import { mostNames, searchFields } from './look-script.ts'
import type { FoundFile, Look, Marker } from './look.ts'

/** What the search found in one directory, before anything was read. */
export type Found = Look & {
  /** Files near the root whose names say nothing. */
  readonly unnamed: ReadonlyMap<string, FoundFile>
}

/** Reads what the search printed, one answer a directory; what is cut is as if it had not been looked at. */
export function readSearch(printed: string): readonly Found[] {
  const fields = printed.split('\0')
  const answers: Found[] = []
  let files = new Map<string, FoundFile>()
  let unnamed = new Map<string, FoundFile>()
  let failed = false
  for (let at = 0; at + searchFields < fields.length; at += searchFields) {
    const [facts = '', path = '', target = ''] = fields.slice(at, at + searchFields)
    if (facts === 'failed') failed = true
    if (facts === 'end') {
      answers.push({ files, unnamed, complete: !failed && files.size < mostNames })
      files = new Map()
      unnamed = new Map()
      failed = false
    }
    const match = /^(\+?)(\w) (\d+) (\d+)$/.exec(facts)
    if (match === null) continue
    const [, plus, type = '', size, uid] = match
    const found = { type, size: Number(size), uid: Number(uid), target }
    if (plus === '') files.set(path, found)
    else unnamed.set(path, found)
  }
  return answers
}

/** A file of which the beginning is to be read. */
export type Wanted = { readonly path: string; readonly bytes: number }

/** Files read at most of a volume, and of those whose names say nothing. */
const mostRead = 400
const mostUnnamed = 50

/** Which beginnings tell what a database is. Most files tell by their name or size that they are none. */
export function wantedOf(found: Found, markers: readonly Marker[], headerBytes: number): readonly Wanted[] {
  const patterns = markers.map(({ pattern, read }) => ({ matches: matcherOf(pattern), read }))
  const named = [...found.files].flatMap(([path, { type, size }]) => {
    const bytes = Math.max(
      0,
      ...patterns.flatMap(({ matches, read }) => (matches.test(`./${path}`) ? [read] : [])),
    )
    return type === 'f' && size > 0 && bytes > 0 ? [{ path, bytes }] : []
  })
  const servers = serverDirectories(found)
  const unnamed = [...found.unnamed]
    .filter(
      // A SQLite file is a number of pages, each of at least 512 bytes; so are the files of servers.
      ([path, { size }]) =>
        size % 512 === 0 &&
        !found.files.has(path) &&
        !servers.some((directory) => path.startsWith(directory)),
    )
    .map(([path]) => ({ path, bytes: headerBytes }))
  return [...named.slice(0, mostRead), ...unnamed.slice(0, mostUnnamed)]
}

/** Data directories of servers, as beginnings of paths: `data/`. */
function serverDirectories({ files }: Look): readonly string[] {
  return [...files.keys()].flatMap((path) => {
    const [, directory] = /^(.*?)(?:PG_VERSION|ibdata1|storage\.bson)$/.exec(path) ?? []
    return directory === undefined || (directory !== '' && !directory.endsWith('/')) ? [] : [directory]
  })
}

/** As find matches: `*` is anything, also a slash in a path. */
function matcherOf(pattern: string): RegExp {
  const text = pattern.replaceAll(/[.+^$(){}|\\]/g, '\\$&').replaceAll('*', '[^]*')
  return new RegExp(pattern.includes('/') ? `^${text}$` : `(?:^|/)${text.replaceAll('[^]*', '[^/]*')}$`)
}

/** Adds what was read, a line a file in hexadecimal, to what was found. Lines that are missing were not read in time. */
export function withStarts(found: Found, wanted: readonly Wanted[], lines: readonly string[]): Look {
  const files = new Map(found.files)
  for (const [index, { path }] of wanted.entries()) {
    const line = lines[index] ?? ''
    const file = files.get(path) ?? found.unnamed.get(path)
    if (file !== undefined && /^(?:[0-9a-f]{2})+$/.test(line))
      files.set(path, { ...file, start: Buffer.from(line, 'hex') })
  }
  return { files, complete: found.complete && lines.length >= wanted.length }
}
