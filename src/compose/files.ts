import { readFile, stat } from 'node:fs/promises'

export type PathKind = 'file' | 'directory' | 'other'

/** What the audit asks of the machine it runs on. Examples of rules bring their own. */
export type Files = {
  /** Undefined when there is no such file. */
  read(path: string): Promise<Uint8Array | undefined>
  kind(path: string): Promise<PathKind | undefined>
}

export const realFiles: Files = {
  async read(path) {
    try {
      return await readFile(path)
    } catch (error) {
      if (isAbsent(error)) return undefined
      throw error
    }
  },
  async kind(path) {
    try {
      const found = await stat(path)
      if (found.isDirectory()) return 'directory'
      return found.isFile() ? 'file' : 'other'
    } catch (error) {
      if (isAbsent(error)) return undefined
      // It is there, and not for us to see.
      return 'other'
    }
  },
}

/** Files that are in memory alone: paths and contents; a path that ends in `/` is a directory. */
export function memoryFiles(contents: Readonly<Record<string, string>>): Files {
  const paths = Object.keys(contents)
  return {
    async read(path) {
      const text = contents[path]
      return text === undefined ? undefined : new TextEncoder().encode(text)
    },
    async kind(path) {
      if (contents[path] !== undefined) return 'file'
      return paths.some((each) => each.startsWith(`${path}/`)) ? 'directory' : undefined
    },
  }
}

function isAbsent(error: unknown): boolean {
  return (
    error instanceof Error &&
    'code' in error &&
    /^(ENOENT|ENOTDIR|ELOOP|ENAMETOOLONG)$/.test(String(error.code))
  )
}
