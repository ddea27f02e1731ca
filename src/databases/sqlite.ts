import type { DatabaseFacts } from '../facts.ts'
import { known, latin1, shown, viewOf } from './bytes.ts'
import type { Database } from './database.ts'
import type { FoundFile, Look } from './look.ts'

/** How long the header is (https://sqlite.org/fileformat2.html, section 1.3). */
export const headerBytes = 100

const endings = ['db', 'db3', 'sqlite', 'sqlite3', 'sqlitedb', 's3db', 'sl3']

/**
 * SQLite: any file that begins as its files do. They are looked for under names that people give them, and, near the
 * root of the volume, under any name. One fact a file.
 */
export const sqlite: Database = {
  markers: [
    ...endings.map((ending) => ({ pattern: `*.${ending}`, read: headerBytes })),
    { pattern: '*-wal', read: 0 },
    { pattern: '*-journal', read: 0 },
  ],
  fromFiles: (look) => [...look.files].flatMap(([path, file]) => databaseIn(look, path, file)),
  images: [],
}

function databaseIn(look: Look, path: string, file: FoundFile): readonly DatabaseFacts[] {
  const { start } = file
  if (start === undefined || start.length < headerBytes || !latin1(start).startsWith('SQLite format 3\0'))
    return []
  const view = viewOf(start)
  const [page, writing, library] = [view.getUint16(16), view.getUint8(18), view.getUint32(96)]
  const [application, user] = [view.getUint32(68), view.getUint32(60)]
  const beside = (ending: string) => {
    const size = look.files.get(path + ending)?.size ?? 0
    return size > 0 ? size.toString() : undefined
  }
  return [
    {
      kind: 'sqlite',
      path: shown(path),
      recognisedBy: 'files',
      details: known({
        bytes: file.size.toString(),
        journalMode: ['rollback', 'wal'][writing - 1] ?? `unknown ${writing}`,
        // Commits that are not yet in the file itself, or what takes an unfinished one back: they belong to it.
        walBytes: beside('-wal'),
        journalBytes: beside('-journal'),
        pageBytes: (page === 1 ? 65_536 : page).toString(),
        encoding: ['UTF-8', 'UTF-16le', 'UTF-16be'][view.getUint32(56) - 1],
        library: library === 0 ? undefined : versionOf(library),
        applicationId: application === 0 ? undefined : application.toString(),
        userVersion: user === 0 ? undefined : user.toString(),
      }),
    },
  ]
}

/** 3046001 is 3.46.1. */
function versionOf(number: number): string {
  return `${Math.floor(number / 1_000_000)}.${Math.floor(number / 1000) % 1000}.${number % 1000}`
}
