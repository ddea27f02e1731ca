import type { FileRecord } from './format.ts'

/**
 * The files at and below some paths (byte strings), in the order of the archive, with what they need: the directories
 * above them, whose owner and mode matter where they are missing, and the first names of hard links. `files` gives
 * the file table each time it is called.
 */
export async function selectFiles(
  files: () => AsyncIterable<FileRecord>,
  paths: readonly string[],
): Promise<{ readonly selected: readonly FileRecord[]; readonly missing: readonly string[] }> {
  const found = new Set<string>()
  const firstNames = new Set<string>()
  const isWanted = (file: FileRecord) => isAtOrBelow(file, paths)

  for await (const file of files()) {
    for (const path of paths) if (file.path === path || file.path.startsWith(`${path}/`)) found.add(path)
    if (file.type === 'hardlink' && file.target !== undefined && isWanted(file)) firstNames.add(file.target)
  }

  const selected: FileRecord[] = []
  for await (const file of files()) {
    const isAbove = file.type === 'directory' && paths.some((path) => path.startsWith(`${file.path}/`))
    if (isWanted(file) || isAbove || firstNames.has(file.path)) selected.push(file)
  }
  return { selected, missing: paths.filter((path) => !found.has(path)) }
}

/** Of the selected files those that nobody asked for: they are there because tar needs the first name of a hard link. */
export function firstNamesOnly(selected: readonly FileRecord[], paths: readonly string[]): readonly string[] {
  return selected
    .filter((file) => file.type !== 'directory' && !isAtOrBelow(file, paths))
    .map((file) => file.path)
}

function isAtOrBelow(file: FileRecord, paths: readonly string[]): boolean {
  return paths.some((path) => file.path === path || file.path.startsWith(`${path}/`))
}
