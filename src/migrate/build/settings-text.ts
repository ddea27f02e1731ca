/** Comments lines of a configuration file out, each with its reason. Lines count from 1; what is one already stays. */
export function commentOut(text: string, reasons: ReadonlyMap<number, string>): string {
  return text
    .split('\n')
    .map((line, index) => {
      const reason = reasons.get(index + 1)
      return reason === undefined || /^\s*(#|$)/.test(line) ? line : `# docker vol: ${reason}\n#${line}`
    })
    .join('\n')
}

/** The numbers of the lines that set a parameter. Names are compared without regard to case (guc-file.l). */
export function linesThatSet(text: string, name: string): readonly number[] {
  return text.split('\n').flatMap((line, index) => {
    const found = /^\s*([A-Za-z_][\w.$]*)\s*(?:=|\s)/.exec(`${line} `)?.[1]
    return found?.toLowerCase() === name.toLowerCase() ? [index + 1] : []
  })
}

/** Something that a server says against its configuration. */
export type Objection = {
  readonly about: string
  /** The parameter, where it says only that. */
  readonly name?: string
  /** Where it stands, where it says so. */
  readonly file?: string
  readonly line?: number
}

/**
 * What `postgres -C` says against the configuration, in English (guc-file.l, guc.c). It reads all files before it
 * gives up, so there may be many.
 */
export function objectionsIn(output: string): readonly Objection[] {
  return output.split('\n').flatMap((line): readonly Objection[] => {
    const about = /\b(?:LOG|WARNING|ERROR|FATAL|error):\s+(.*)$/.exec(line)?.[1]
    if (about === undefined) return []
    const place = /\bin file "([^"]+)" (?:near )?line (\d+)/.exec(about)
    const name = /parameter "([^"]+)"/.exec(about)?.[1]
    if (place !== null)
      return [
        {
          about: about.slice(0, place.index).trim() + about.slice(place.index + place[0].length),
          file: place[1] ?? '',
          line: Number(place[2]),
          ...(name === undefined ? {} : { name }),
        },
      ]
    if (name !== undefined) return [{ about, name }]
    const missing = /could not open configuration (?:file|directory) "([^"]+)"/.exec(about)?.[1]
    return missing === undefined ? [] : [{ about, name: missing }]
  })
}

/** The libraries of `shared_preload_libraries` but one; undefined when it is not among them. */
export function withoutLibrary(value: string, library: string): string | undefined {
  const all = value
    .split(',')
    .map((each) => each.trim().replaceAll('"', ''))
    .filter((each) => each !== '')
  const left = all.filter((each) => each !== library && each !== `$libdir/${library}`)
  return left.length === all.length ? undefined : left.join(',')
}

/**
 * Paths that lead into the old data directory (`from`) lead into the new one (`to`). What is included is named relative
 * to it, so that it is found wherever the directory is. `changed` are the new lines.
 */
export function movePaths(
  text: string,
  from: string,
  to: string,
): { readonly text: string; readonly changed: readonly string[] } {
  const changed: string[] = []
  const lines = text.split('\n').map((line) => {
    const [, before = '', path = '', after = ''] = /^([^#']*')([^']*)('.*)$/.exec(line) ?? []
    if (!path.startsWith(`${from}/`)) return line
    const rest = path.slice(from.length + 1)
    const isInclude = /^\s*include/i.test(before)
    if (!isInclude && from === to) return line
    const moved = `${before}${isInclude ? rest : `${to}/${rest}`}${after}`
    changed.push(moved.trim())
    return moved
  })
  return { text: lines.join('\n'), changed }
}
