import { fieldsOf, list, text } from '../../snapshots/read.ts'
import type { PostgresServer } from '../server.ts'
import { askJson } from './shell.ts'
import type { Side } from './side.ts'
import { together } from './together.ts'

/** Which orders of text a server goes by. */
export type Collations = {
  /** The C library of its image: `glibc 2.41`, `musl`. */
  readonly library: string
  /** Versions of ICU's root collation there may be; none where there is no ICU. */
  readonly icu: string | undefined
  /** Versions of the C library that databases recorded (15 and later). */
  readonly recorded: readonly string[]
  /** Whether any database sorts by the C library, other than bytewise. */
  readonly usesLibrary: boolean
}

const librarySource = `
getconf GNU_LIBC_VERSION 2>/dev/null && exit
for file in /lib/ld-musl-*; do [ ! -e "$file" ] || { echo musl; exit; }; done
echo unknown
`

// pg_collation_actual_version is there since 10; what the columns are called is left to JSON.
const sql = `
SELECT json_build_object(
  'icu', (SELECT pg_collation_actual_version(oid) FROM pg_collation WHERE collname = 'und-x-icu' LIMIT 1),
  'databases', (SELECT json_agg(to_jsonb(d) - 'datacl') FROM pg_database d WHERE datname <> 'template0'))
`

/** Asks a server, and its image. */
export async function collationsOf(server: PostgresServer, side: Side): Promise<Collations> {
  const [library, answered] = await together(
    side.must('read the version of the C library', librarySource, []),
    askJson(server, 'read the collations', sql),
  )
  const answer = fieldsOf(answered, 'answer')
  const databases = list(answer['databases'], 'databases', fieldsOf)
  return {
    library: library.trim(),
    icu: typeof answer['icu'] === 'string' ? answer['icu'] : undefined,
    recorded: databases.flatMap((row) => {
      const version = row['datcollversion']
      return isLibrary(row) && typeof version === 'string' ? [version] : []
    }),
    usesLibrary: databases.some(isLibrary),
  }
}

/** Whether a database (a row of pg_database) sorts by the C library; up to 14 there was nothing else. */
function isLibrary(row: Readonly<Record<string, unknown>>): boolean {
  const isBytewise = /^(?:C|POSIX)$/.test(text(row['datcollate'], 'datcollate'))
  return (row['datlocprovider'] ?? 'c') === 'c' && !isBytewise
}

/**
 * Whether indexes that were copied as they are may be in another order than the new image's: that of the C library, that
 * of ICU. Up to 14 no database recorded what it was made with (facts: release notes of 15).
 */
export function changedOrders(
  before: Collations,
  after: Collations,
): { readonly library: boolean; readonly icu: boolean } {
  const version = after.library.replace(/^glibc /, '')
  return {
    library: before.library !== after.library || before.recorded.some((each) => each !== version),
    icu: before.icu !== after.icu,
  }
}
