import type { FileRecord, Totals } from './format.ts'

/** What a snapshot holds, counted file by file. */
export type TotalsCounter = {
  add(record: FileRecord): void
  totals(): Omit<Totals, 'storedBytes'>
}

export function totalsCounter(): TotalsCounter {
  // The root is no entry.
  const totals = { entries: -1, files: 0, directories: -1, symlinks: 0, hardLinks: 0, special: 0, bytes: 0 }
  return {
    add({ type, size }) {
      totals.entries += 1
      totals.bytes += size
      if (type === 'file') totals.files += 1
      else if (type === 'directory') totals.directories += 1
      else if (type === 'symlink') totals.symlinks += 1
      else if (type === 'hardlink') totals.hardLinks += 1
      else totals.special += 1
    },
    totals: () => ({ ...totals }),
  }
}
