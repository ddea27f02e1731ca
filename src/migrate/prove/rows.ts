import { VolError } from '../../errors.ts'
import { everyWhile } from '../../volumes/watch-growth.ts'
import type { PostgresServer } from '../server.ts'
import { linesOf } from './ask.ts'
import { columnFormat, type Floats } from './floats.ts'
import type { Fact, ManifestRequest } from './manifest.ts'

// Tables and materialized views of users and of extensions. Foreign tables lie elsewhere, temporary ones nowhere.
const ofUsers = `c.relkind in ('r', 'm') and c.oid >= 16384 and c.relpersistence <> 't' and n.nspname !~ '^pg_(toast|temp)'`

/** How many tables are to be read, and how many pages they had when they were last looked at. */
export const countSql = `select count(*), coalesce(sum(c.relpages), 0) from pg_class c join pg_namespace n on n.oid = c.relnamespace where ${ofUsers};`

/*
 * The first psql writes what the second does. A digest is made by a program that psql hands the rows to, and psql fails
 * when the server stops amid them; a pipe in the shell would give the digest of nothing instead. The rows are not
 * converted from the database's own encoding. The sums do not depend on the order of rows, and those of the parts of a
 * table add up to that of the whole.
 */
const rowsScript = (
  floats: Floats,
) => `statements=$(ask -q -v part="$2" -v parts="$3" -v unordered="$4" <<'SQL'
with recursive bases(type, base) as (
  select oid, oid from pg_type where typtype <> 'd'
  union all select t.oid, b.base from bases b join pg_type t on t.typbasetype = b.type and t.typtype = 'd'
), tables as (
  select c.oid, c.relkind, c.relispopulated, n.nspname, c.relname,
         row_number() over (order by c.relpages desc, c.oid) % :parts = :part as here,
         (select e.extname from pg_depend d join pg_extension e on e.oid = d.refobjid
           where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.objsubid = 0 and d.deptype = 'e') as extension,
         (select p.partrelid from pg_inherits i join pg_partitioned_table p on p.partrelid = i.inhparent
           where i.inhrelid = c.oid and p.partstrat = 'h') as hashed
    from pg_class c join pg_namespace n on n.oid = c.relnamespace where ${ofUsers}
)
select concat_ws(E'\\n', format('select %L;', '@' || json_build_object('schema', t.nspname, 'table', t.relname, 'kind', t.relkind,
         'partition', t.hashed::regclass::text, 'extension', t.extension)),
       case when t.relispopulated then format('copy (select %s from only %I.%I) to stdout (encoding %L) \\g |sha256sum',
         columns.list, t.nspname, t.relname, pg_encoding_to_char(d.encoding))
       else 'select ''not filled'';' end,
       case when t.relispopulated and :unordered and (t.relkind = 'm' or t.hashed is not null)
         then format('select ''='' || json_build_array(coalesce(sum((''x'' || left(md5(r::text), 16))::bit(64)::bigint), 0),'
           || ' coalesce(sum((''x'' || right(md5(r::text), 16))::bit(64)::bigint), 0)) from (select %s from only %I.%I) r;',
           columns.list, t.nspname, t.relname) end)
  from tables t, pg_database d, lateral (
    select coalesce(string_agg(format(${columnFormat('b.base', floats)}, a.attname), ', ' order by a.attnum), '') as list
      from pg_attribute a left join bases b on b.type = a.atttypid where a.attrelid = t.oid and a.attnum > 0 and not a.attisdropped) columns
  where t.here and d.datname = current_database() order by t.oid;
SQL
) || exit
[ -n "$5" ] || { printf '%s\\n' "$statements" | ask; exit; }
printf '%s\\n' "$statements" | ask >"$5.$2"
code=$?
cat "$5.$2" && rm "$5.$2" && exit "$code"`

/** Tables that one psql reads at most, and pages: progress is told after each. */
const tablesAtOnce = 400
const pagesAtOnce = 65_536

/** A database with how many tables it has to read, and about how many pages those have. */
export type DatabaseToRead = { readonly name: string; readonly tables: number; readonly pages: number }

/** One fact of kind `rows` for each table and materialized view. */
export async function takeRows(
  server: PostgresServer,
  databases: readonly DatabaseToRead[],
  request: ManifestRequest,
): Promise<readonly Fact[]> {
  const { method, jobs = 1, floats = 'text' } = request
  const of = databases.reduce((sum, { tables }) => sum + tables, 0)
  const parts = databases.flatMap(({ name, tables, pages }) => {
    const needed = Math.max(Math.ceil(tables / tablesAtOnce), Math.ceil(pages / pagesAtOnce))
    const count = Math.min(tables, needed > 1 ? Math.max(needed, jobs) : needed)
    return Array.from({ length: count }, (_, part) => ({ database: name, part, parts: count }))
  })
  const facts: Fact[] = []
  const text = rowsScript(floats)
  const unordered = method === 'dump' ? 'true' : 'false'
  const next = parts.values()
  const stop =
    request.progress === undefined
      ? () => {}
      : watchTables(server, (begun) => request.progress?.({ tables: Math.min(of, facts.length + begun), of }))
  const work = async () => {
    for (const { database, part, parts: count } of next) {
      const words = [String(part), String(count), unordered, request.progress === undefined ? '' : rowsFile]
      const asking = {
        session: 'rows',
        database,
        text,
        floats,
        words,
        what: 'The rows',
      } as const
      facts.push(...readRows(database, await linesOf(server, asking)))
      request.progress?.({ tables: facts.length, of })
    }
  }
  await Promise.all(Array.from({ length: Math.max(1, jobs) }, work)).finally(stop)
  if (facts.length !== of)
    throw new VolError('FAILED', `Of ${of} tables only ${facts.length} could be read; somebody changes them.`)
  return facts
}

/** Where what was read is until its part is whole: in the working directory of the server's shell, a file each. */
const rowsFile = 'rows-read'

/** Tells every few seconds how many tables have been read of the parts that are not whole yet. */
function watchTables(server: PostgresServer, tell: (tables: number) => void): () => void {
  let over = false
  const stop = everyWhile(async () => {
    const { stdout } = await server.shell(`cat ${rowsFile}.* 2>/dev/null | grep -c '^COPY '`)
    if (!over) tell(Number.parseInt(stdout, 10) || 0)
  })
  return () => {
    over = true
    stop()
  }
}

type ListedTable = {
  readonly schema: string
  readonly table: string
  readonly kind: string
  /** The table that it is a part of by a hash. */
  readonly partition: string | null
  /** Whose it is. */
  readonly extension: string | null
}

/** Reads what the script prints: `@` and the table, and in whichever order how many rows and their digests. */
export function readRows(database: string, lines: readonly string[]): readonly Fact[] {
  const facts: Fact[] = []
  let table: ListedTable | undefined
  let said: string[] = []
  const finish = () => {
    if (table === undefined) return
    const name = `${table.schema}.${table.table}`
    const count = said.map((line) => /^COPY (\d+)$/.exec(line)?.[1]).find((each) => each !== undefined)
    const sha256 = said.map((line) => /^([0-9a-f]{64})\s/.exec(line)?.[1]).find((each) => each !== undefined)
    const sums = said.find((line) => line.startsWith('='))?.slice(1)
    const filled = !said.includes('not filled')
    if (filled && (count === undefined || sha256 === undefined))
      throw new VolError('FAILED', `No digest came of the rows of "${name}" in database "${database}".`, {
        output: said.join('\n'),
      })
    facts.push({
      kind: 'rows',
      database,
      name,
      fields: {
        kind: table.kind === 'm' ? 'materialized view' : 'table',
        // Beyond what a number holds exactly no table can grow.
        rows: filled ? Number(count) : null,
        sha256: sha256 ?? null,
        ...(sums === undefined ? {} : { sums: sums.replaceAll(/[[\] ]/g, '').split(',') }),
        ...(table.partition === null ? {} : { partition: table.partition }),
        ...(table.extension === null ? {} : { extension: table.extension }),
      },
    })
  }
  for (const line of lines)
    if (line.startsWith('@')) {
      finish()
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- our own script wrote it
      table = JSON.parse(line.slice(1)) as ListedTable
      said = []
    } else said.push(line)
  finish()
  return facts
}
