import type { PostgresServer } from '../server.ts'
import { linesOf } from './ask.ts'
import { clusterQueries } from './cluster-queries.ts'
import type { Floats } from './floats.ts'
import { loginQueries } from './login-queries.ts'
import type { Fact, FactKind, FactValue, Manifest } from './manifest.ts'

/** A query with columns `name` and `fields`, a row for each fact. */
export type FactQuery = { readonly kind: FactKind; readonly sql: string }

/** A database, and whether one can connect to it. */
export type DatabaseName = { readonly name: string; readonly letsIn: boolean }

// `template0` lets nobody in anywhere.
const databasesSql = `select json_build_object('name', datname, 'letsIn', datallowconn and datconnlimit <> -2)
  from pg_database where datname <> 'template0' order by datname;`

// Lines that were made comments when the settings were carried over (src/migrate/build/settings-text.ts).
const leftOutSql = `select distinct lower(left_out.line[1])
  from (values (current_setting('config_file')), (current_setting('data_directory') || '/postgresql.auto.conf')) f(file),
    lateral regexp_matches(pg_read_file(f.file), '^# docker vol: [^\\n]*\\n#\\s*([A-Za-z_][A-Za-z0-9_.$]*)', 'ng') left_out(line)
  where (pg_stat_file(f.file, true)).size is not null;`

/** One psql for all of them: each takes its time to begin. */
const marks = ['# databases', '# settings', '# left out']
const script = 'printf "%s\\n" "$2" | ask -q'

/** What the catalogs say of the whole cluster, and which databases it has. */
export async function askCluster(
  server: PostgresServer,
  floats: Floats,
): Promise<
  Pick<Manifest, 'facts' | 'knownSettings' | 'leftOutSettings'> & {
    readonly databases: readonly DatabaseName[]
  }
> {
  const sql = [
    factsSql([...clusterQueries(server.major), ...loginQueries]),
    databasesSql,
    'select name from pg_settings;',
    leftOutSql,
  ]
  const words = [interleaved(sql, marks)]
  const asking = {
    session: 'catalogs',
    database: 'template1',
    text: script,
    floats,
    words,
    what: 'The catalogs',
  } as const
  const [facts = [], databases = [], settings = [], leftOut = []] = sections(
    await linesOf(server, asking),
    marks,
  )
  return {
    facts: readFacts(facts),
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- our own query wrote it
    databases: databases.map((line) => JSON.parse(line) as DatabaseName),
    knownSettings: new Set(settings),
    leftOutSettings: new Set(leftOut),
  }
}

/** SQL that prints a line of JSON for each fact. Queries of kind `sequence` write the statements that do. */
export function factsSql(queries: readonly FactQuery[]): string {
  return queries
    .map(({ kind, sql }) =>
      kind === 'sequence'
        ? `${sql}\n\\gexec`
        : `select json_build_array('${kind}', q.name, q.fields) from (${sql}) q;`,
    )
    .join('\n')
}

/** Reads those lines. */
export function readFacts(lines: readonly string[], database?: string): readonly Fact[] {
  return lines.map((line) => {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- our own query wrote it
    const [kind, name, fields] = JSON.parse(line) as [FactKind, string, Record<string, FactValue>]
    return { kind, ...(database === undefined ? {} : { database }), name, fields }
  })
}

/** SQL that prints the marks between what the parts print. */
export function interleaved(parts: readonly string[], between: readonly string[]): string {
  return parts.map((sql, index) => (index === 0 ? sql : `\\echo '${between[index - 1]}'\n${sql}`)).join('\n')
}

/** Cuts lines where each of these comes for the first time after the one before. */
export function sections(lines: readonly string[], at: readonly string[]): readonly (readonly string[])[] {
  const parts: (readonly string[])[] = []
  let from = 0
  for (const mark of at) {
    const end = lines.indexOf(mark, from)
    parts.push(lines.slice(from, end))
    from = end + 1
  }
  return [...parts, lines.slice(from)]
}
