/** What a look into a volume found. Paths are strings of bytes (latin1), relative to the volume's root. */
export type Look = {
  readonly files: ReadonlyMap<string, FoundFile>
  /** Whether all of the places were seen in which databases are looked for; a very large volume is left in time. */
  readonly complete: boolean
}

/** A file, directory or link whose name is one that databases use. */
export type FoundFile = {
  /** As GNU find names it: `f`, `d`, `l`, … */
  readonly type: string
  /** Bytes. */
  readonly size: number
  readonly uid: number
  /** Where a symbolic link points; empty for all others. */
  readonly target: string
  /** Its first bytes, when they were read. */
  readonly start?: Uint8Array
}

/** A name by which a database is known, and how much of such a file is of interest. */
export type Marker = {
  /** A pattern of find's `-name`, or of `-path` when it holds a slash. */
  readonly pattern: string
  /** How many bytes from its beginning are read; 0 when it is enough that it is there. */
  readonly read: number
}

/** The directories in which there is a file of this name (`.` is the root), those near the root first. */
export function directoriesWith(look: Look, name: string): readonly string[] {
  return [...look.files.keys()]
    .filter((path) => path === name || path.endsWith(`/${name}`))
    .map((path) => (path === name ? '.' : path.slice(0, -name.length - 1)))
    .sort(nearRootFirst)
}

/** What was found in a directory under a name, which may have several parts. */
export function fileIn(look: Look, directory: string, name: string): FoundFile | undefined {
  return look.files.get(pathIn(directory, name))
}

/** What was found directly in a directory, with its name there. */
export function filesIn(look: Look, directory: string): readonly (readonly [string, FoundFile])[] {
  const prefix = directory === '.' ? '' : `${directory}/`
  return [...look.files].flatMap(([path, file]) => {
    const name = path.startsWith(prefix) ? path.slice(prefix.length) : ''
    return name === '' || name.includes('/') ? [] : [[name, file] as const]
  })
}

export function pathIn(directory: string, name: string): string {
  return directory === '.' ? name : `${directory}/${name}`
}

/** Orders paths: fewer parts first, then by their bytes. */
export function nearRootFirst(one: string, other: string): number {
  return depthOf(one) - depthOf(other) || (one < other ? -1 : 1)
}

function depthOf(path: string): number {
  return path === '.' ? 0 : path.split('/').length
}
