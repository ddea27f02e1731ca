import type { TarEntry } from './entry.ts'

/**
 * Watches admitted entries for the one directory that begins an archive and holds all the rest. `single` is its path,
 * or undefined.
 */
export function topDirectory(): { see(entry: TarEntry): void; single(): string | undefined } {
  let first: string | undefined
  let single = true
  return {
    see({ path, type }) {
      if (first === undefined) {
        first = path
        single = type === 'directory' && path !== '.' && !path.includes('/')
      } else {
        single &&= path.startsWith(`${first}/`) || path === first
      }
    },
    single: () => (single ? first : undefined),
  }
}
