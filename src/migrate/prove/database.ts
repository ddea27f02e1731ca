import type { PostgresServer } from '../server.ts'
import { linesOf } from './ask.ts'
import { factsSql, readFacts, sections } from './catalogs.ts'
import { databaseQueries } from './database-queries.ts'
import { largeObjects, largeObjectsSql } from './large-objects.ts'
import type { Fact } from './manifest.ts'
import { objectQueries } from './object-queries.ts'
import { countSql } from './rows.ts'
import { schemaFacts } from './schema.ts'

/** What is known of a database without reading its tables. */
export type DatabaseFacts = {
  readonly facts: readonly Fact[]
  readonly foreignTables: readonly string[]
  /** How many tables and materialized views there are to read, and about how many pages they have. */
  readonly tables: number
  readonly pages: number
}

// What pg_dump prints may have any line in it, so it comes last. Tablespaces count with their relations: there they
// would be a word before some other object.
const script = `printf '%s\\n' "$2" | ask -q || exit
echo '# foreign tables'
printf '%s\\n' "select c.oid::regclass from pg_class c where c.relkind = 'f' order by 1::text;" | ask -q || exit
echo '# tables'
printf '%s\\n' "$3" | ask -q || exit
echo '# large objects'
printf '%s\\n' "$4" | ask || exit
echo '# definitions'
exec pg_dump --no-password --schema-only --create --no-tablespaces`

/** Asks a database that lets one in: its catalogs, its large objects, and pg_dump. */
export async function askDatabase(server: PostgresServer, database: string): Promise<DatabaseFacts> {
  const queries = [...databaseQueries, ...objectQueries(server.major)]
  const words = [factsSql(queries), countSql, largeObjectsSql]
  const lines = await linesOf(server, {
    session: 'catalogs',
    database,
    text: script,
    words,
    what: 'The catalogs',
  })
  const marks = ['# foreign tables', '# tables', '# large objects', '# definitions']
  const [facts = [], foreignTables = [], counts = [], objects = [], definitions = []] = sections(lines, marks)
  const [tables = 0, pages = 0] = (counts[0] ?? '').split('|').map(Number)
  return {
    facts: [
      ...readFacts(facts, database),
      largeObjects(database, objects),
      ...schemaFacts(database, definitions),
    ],
    foreignTables,
    tables,
    pages,
  }
}
