import { changedIn, type Check } from '../check.ts'
import { byDatabase, curesOf, listed, objectsOfDatabases } from '../objects.ts'
import { firstUserObject, notOfExtension, ofUsers } from '../type-queries.ts'

/** Functions of pg_catalog whose arguments are `anycompatible…` since 14. */
const renamedPolymorphics =
  "'array_append', 'array_cat', 'array_prepend', 'array_remove', 'array_replace', 'array_position', 'array_positions', 'width_bucket'"

/** A condition on a function that is one of those as they were: with `anyarray` (2277) among the arguments. */
const isOldPolymorphic = (f: string) =>
  `${f}.oid < ${firstUserObject} and ${f}.proname in (${renamedPolymorphics}) and 2277 = any (${f}.proargtypes)`

/** An expression that turns an interval (1186) into text: pg_node_tree prints the type first, then what it is made of. */
const intervalToText = String.raw`'COERCEVIAIO :arg \{[A-Z]+ [^{}]*:(vartype|funcresulttype|opresulttype|consttype|resulttype|paramtype) 1186 '`

/** Definitions that the target does not take, or takes and reads otherwise. */
export const objectChecks: readonly Check[] = [
  {
    id: 'postfix-operators',
    severity: 'blocker',
    summary: 'Operators that stand behind their operand',
    doc: `Postgres 14 has no postfix operators. Drop them, and use the function behind them.`,
    applies: changedIn(14),
    query: {
      of: 'database',
      sql: () => `
select o.oid::regoperator as object, format('DROP OPERATOR %s;', o.oid::regoperator) as cure
from pg_operator o where o.oprright = 0 and o.oid >= ${firstUserObject} order by 1`,
    },
    find: objectsOfDatabases((names) => `The target has no postfix operators: ${names}.`),
  },
  {
    id: 'polymorphic-functions',
    severity: 'blocker',
    summary: 'Aggregates and operators made of functions whose arguments changed',
    doc: `Since Postgres 14 \`array_append\` and its like take \`anycompatiblearray\` where they took \`anyarray\`. What is
defined by them with the old types cannot be created there. Drop it, and create it with the new types afterwards.`,
    applies: changedIn(14),
    query: {
      of: 'database',
      sql: () => `
select a.aggfnoid::regprocedure::text as object, format('DROP AGGREGATE %s;', a.aggfnoid::regprocedure) as cure
from pg_aggregate a join pg_proc f on f.oid in (a.aggtransfn, a.aggfinalfn)
where a.aggfnoid >= ${firstUserObject} and a.aggtranstype in (2277, 2283) and ${isOldPolymorphic('f')}
union select o.oid::regoperator::text, format('DROP OPERATOR %s;', o.oid::regoperator)
from pg_operator o join pg_proc f on f.oid = o.oprcode
where o.oid >= ${firstUserObject} and (o.oprleft in (2277, 2283) or o.oprright in (2277, 2283)) and ${isOldPolymorphic('f')}
order by 1`,
    },
    find: objectsOfDatabases((names) => `The functions behind ${names} have other arguments in the target.`),
  },
  {
    id: 'encoding-conversions',
    severity: 'blocker',
    summary: 'Encoding conversions of one’s own',
    doc: `The functions of encoding conversions have another signature since Postgres 14. Drop the conversion, and
create it with a function for the new version afterwards.`,
    applies: changedIn(14),
    query: {
      of: 'database',
      sql: () => `
select format('%s.%I', c.connamespace::regnamespace, c.conname) as object,
  format('DROP CONVERSION %s.%I;', c.connamespace::regnamespace, c.conname) as cure
from pg_conversion c where c.oid >= ${firstUserObject} order by 1`,
    },
    find: objectsOfDatabases((names) => `The target wants another function for the conversion ${names}.`),
  },
  {
    id: 'python-2',
    severity: 'blocker',
    summary: 'Functions in Python 2',
    doc: `Postgres 15 has no \`plpython2u\` and \`plpythonu\`. Port the functions to \`plpython3u\`, then drop the
language.`,
    applies: changedIn(15),
    query: {
      of: 'database',
      sql: () => `
select coalesce(p.oid::regprocedure::text, format('language %I', l.lanname)) as object,
  case when ${notOfExtension('pg_language', 'l.oid')} then format('DROP LANGUAGE %I;', l.lanname)
    else format('DROP EXTENSION %I;', l.lanname) end as cure
from pg_language l left join pg_proc p on p.prolang = l.oid
where l.lanname in ('plpythonu', 'plpython2u') order by 1`,
    },
    find: objectsOfDatabases((names) => `The target has no Python 2 for ${names}.`),
  },
  {
    id: 'interval-as-text',
    severity: 'blocker',
    summary: 'Indexes, generated columns and partition keys that turn an interval into text',
    doc: `How an interval looks depends on a setting. Since Postgres 15 the server says so, and refuses it where the
result must never change. \`pg_upgrade --check\` does not see it. Drop the index, or compute the text in a function of
your own that is marked IMMUTABLE and sets \`intervalstyle\`.`,
    applies: changedIn(15),
    query: {
      of: 'database',
      sql: () => `
select c.oid::regclass::text as object, format('DROP INDEX %s;', c.oid::regclass) as cure
from pg_index i join pg_class c on c.oid = i.indexrelid
where c.oid >= ${firstUserObject} and concat(i.indexprs::text, i.indpred::text) ~ ${intervalToText}
union select format('%s.%I', d.adrelid::regclass, a.attname),
  format('ALTER TABLE %s DROP COLUMN %I;', d.adrelid::regclass, a.attname)
from pg_attrdef d join pg_attribute a on a.attrelid = d.adrelid and a.attnum = d.adnum
where to_jsonb(a)->>'attgenerated' in ('s', 'v') and d.adbin::text ~ ${intervalToText}
union select partrelid::regclass::text, null from pg_partitioned_table where partexprs::text ~ ${intervalToText}
order by 1`,
    },
    find: objectsOfDatabases((names) => `The target does not let ${names} turn an interval into text.`),
  },
  {
    id: 'removed-system-column',
    severity: 'blocker',
    summary: 'Views of columns that system views no longer have',
    doc: `A view that shows a column of a system view, say \`pg_stat_bgwriter.buffers_backend\`, cannot be created where
that column is gone. \`pg_upgrade --check\` does not see it. Drop the view, or write it anew without the column.`,
    query: {
      of: 'database',
      sql: () => `
select distinct v.oid::regclass::text as object, format('%I.%I.%I', n.nspname, s.relname, a.attname) as column,
  case v.relkind when 'm' then format('DROP MATERIALIZED VIEW %s;', v.oid::regclass)
    else format('DROP VIEW %s;', v.oid::regclass) end as cure
from pg_depend d join pg_rewrite r on r.oid = d.objid and d.classid = 'pg_rewrite'::regclass
  join pg_class v on v.oid = r.ev_class
  join pg_class s on s.oid = d.refobjid and d.refclassid = 'pg_class'::regclass
  join pg_namespace n on n.oid = s.relnamespace
  join pg_attribute a on a.attrelid = s.oid and a.attnum = d.refobjsubid
where v.oid >= ${firstUserObject} and s.oid < ${firstUserObject} and d.refobjsubid > 0 order by 1`,
    },
    find({ target }, own) {
      const gone = own.filter(({ column = '' }) => !target.systemColumns.has(column))
      return [...byDatabase(gone)].map(([database, rows]) => {
        const cure = curesOf(rows)
        const columns = rows.map(({ object = '', column = '' }) => `${object} (${column})`)
        return {
          database,
          message: `The target has no such column: ${listed(columns)}.`,
          ...(cure === undefined ? {} : { cure }),
        }
      })
    },
  },
  {
    id: 'children-without-not-null',
    severity: 'blocker',
    summary: 'Child tables whose columns may be null where those of their parent may not',
    doc: `Since Postgres 18 a child table has the NOT NULL of its parent. pg_upgrade refuses a child without it, and
rows with nulls cannot be restored into it.`,
    applies: changedIn(18),
    query: {
      of: 'database',
      sql: () => `
select format('%s.%I', child.attrelid::regclass, child.attname) as object,
  format('ALTER TABLE %s ALTER COLUMN %I SET NOT NULL;', child.attrelid::regclass, child.attname) as cure
from pg_inherits i join pg_attribute parent on parent.attrelid = i.inhparent
  join pg_attribute child on child.attrelid = i.inhrelid and child.attname = parent.attname
  join pg_class c on c.oid = i.inhrelid
where parent.attnum > 0 and parent.attnotnull and not parent.attisdropped and not child.attnotnull
  and c.relkind in ('r', 'p', 'f') order by 1`,
    },
    find: objectsOfDatabases((names) => `${names} may be null, but not in the parent table.`),
  },
  {
    id: 'invalid-indexes',
    severity: 'warning',
    summary: 'Indexes that were never finished',
    doc: `An index is invalid when \`CREATE INDEX CONCURRENTLY\` or \`REINDEX CONCURRENTLY\` failed. Dumps leave it out, and
so does the new cluster. Rebuild or drop it.`,
    query: {
      of: 'database',
      sql: () => `
select c.oid::regclass as object, format('REINDEX INDEX %s; -- or DROP INDEX %s;', c.oid::regclass, c.oid::regclass) as cure
from pg_index i join pg_class c on c.oid = i.indexrelid
where c.relkind = 'i' and c.oid >= ${firstUserObject} and not (i.indisvalid and i.indisready and i.indislive)
  and ${ofUsers('c.relnamespace')} order by 1`,
    },
    find: objectsOfDatabases((names) => `The index ${names} is invalid and will not be there afterwards.`),
  },
  {
    id: 'functions-in-indexes',
    severity: 'note',
    summary: 'Indexes and materialised views whose functions may depend on the search path',
    doc: `Postgres 17 builds indexes and refreshes materialised views with an empty \`search_path\`, and so do dumps. A
function there that names a table or another function without its schema then fails. The rehearsal finds out; a search
path of the function's own cures it.`,
    applies: changedIn(17),
    query: {
      of: 'database',
      sql: () => `
with uses(object, function) as (
  select d.objid, d.refobjid from pg_depend d join pg_class c on c.oid = d.objid and c.relkind in ('i', 'I')
    where d.classid = 'pg_class'::regclass and d.refclassid = 'pg_proc'::regclass
  union select r.ev_class, d.refobjid from pg_depend d join pg_rewrite r on r.oid = d.objid
    join pg_class c on c.oid = r.ev_class and c.relkind = 'm'
    where d.classid = 'pg_rewrite'::regclass and d.refclassid = 'pg_proc'::regclass
)
select format('%s of %s', p.oid::regprocedure, u.object::regclass) as object,
  format('ALTER FUNCTION %s SET search_path = %I, pg_temp;', p.oid::regprocedure, n.nspname) as cure
from uses u join pg_proc p on p.oid = u.function join pg_language l on l.oid = p.prolang
  join pg_namespace n on n.oid = p.pronamespace
where p.oid >= ${firstUserObject} and l.lanname not in ('c', 'internal')
  and not exists (select from unnest(p.proconfig) setting where setting like 'search\\_path=%')
  and ${notOfExtension('pg_proc', 'p.oid')} order by 1`,
    },
    find: objectsOfDatabases((names) => `Runs with an empty search path in the target: ${names}.`),
  },
]
