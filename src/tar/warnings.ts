import type { Warning } from '../snapshots/format.ts'
import { shown } from './refuse.ts'

/** How many kinds are told apart; an archive can make up as many as it likes. */
const mostKinds = 50

/** Counts what was not kept, one warning a kind, so that a million entries do not give a million warnings. */
export function warningCounter(): { add(what: string, path: string): void; list(): Warning[] } {
  const kinds = new Map<string, { count: number; readonly path: string }>()
  return {
    add(what, path) {
      const kind = kinds.has(what) || kinds.size < mostKinds ? what : 'other records were not kept'
      const known = kinds.get(kind)
      if (known === undefined) {
        kinds.set(kind, { count: 1, path: shown(path) })
      } else {
        known.count += 1
      }
    },
    list: () =>
      [...kinds].map(([what, { count, path }]) => ({
        code: 'archive',
        message: count === 1 ? `${what}.` : `${what} (${count} entries, the first is named).`,
        path,
      })),
  }
}
