import type { PostgresServer } from '../server.ts'
import { linesOf } from './ask.ts'
import { factsSql, interleaved, readFacts, sections } from './catalogs.ts'
import { databaseQueries } from './database-queries.ts'
import type { Floats } from './floats.ts'
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
const script = `printf '%s\\n' "$2" | ask || exit
echo '# definitions'
exec pg_dump --no-password --schema-only --create --no-tablespaces`

// An option of pg_dump since 12, which prints otherwise than those before.
const withFifteenDigits = `${script} --extra-float-digits=0`

const marks = ['# foreign tables', '# tables', '# large objects']
const foreignTablesSql = `select c.oid::regclass from pg_class c where c.relkind = 'f' order by 1::text;`

/** Asks a database that lets one in: its catalogs, its large objects, and pg_dump. */
export async function askDatabase(
  server: PostgresServer,
  database: string,
  floats: Floats,
): Promise<DatabaseFacts> {
  const queries = [...databaseQueries, ...objectQueries(server.major)]
  const sql = [factsSql(queries), foreignTablesSql, countSql, largeObjectsSql]
  const words = [interleaved(sql, marks)]
  const lines = await linesOf(server, {
    session: 'catalogs',
    database,
    text: floats === 'bits' ? withFifteenDigits : script,
    floats,
    words,
    what: 'The catalogs',
  })
  const [facts = [], foreignTables = [], counts = [], objects = [], definitions = []] = sections(lines, [
    ...marks,
    '# definitions',
  ])
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
