/**
 * SQL that finds the columns of tables, materialised views and indexes whose type holds one of some types: as itself,
 * in an array, a domain, a range or a composite type, to any depth. Takes a query of the types' OIDs.
 */
export function columnsHolding(types: string): string {
  return `
with recursive holds(part, whole) as (
  select typbasetype, oid from pg_type where typtype = 'd'
  union all select typelem, oid from pg_type where typelem <> 0 and typlen = -1
  union all select rngsubtype, rngtypid from pg_range
  union all select a.atttypid, c.reltype from pg_class c join pg_attribute a on a.attrelid = c.oid
    where c.reltype <> 0 and a.attnum > 0 and not a.attisdropped
), wanted(type) as (
  ${types}
  union select whole from holds join wanted on part = type
)
select format('%s.%I', c.oid::regclass, a.attname) as object,
  case c.relkind
    when 'r' then format('ALTER TABLE %s ALTER COLUMN %I TYPE text; -- or drop it', c.oid::regclass, a.attname)
    when 'm' then format('DROP MATERIALIZED VIEW %s;', c.oid::regclass)
    else format('DROP INDEX %s;', c.oid::regclass)
  end as cure
from pg_class c join pg_attribute a on a.attrelid = c.oid
where c.relkind in ('r', 'm', 'i') and c.oid >= ${firstUserObject} and a.attnum > 0 and not a.attisdropped
  and a.atttypid in (select type from wanted) and ${ofUsers('c.relnamespace')}
order by 1`
}

/** Types of pg_catalog by their names. */
export function systemTypes(names: readonly string[]): string {
  const list = names.map((name) => `'${name}'`).join(', ')
  return `select oid from pg_type where typnamespace = 'pg_catalog'::regnamespace and typname in (${list})`
}

/** Objects with a lower OID were made by initdb (src/include/access/transam.h, FirstNormalObjectId). */
export const firstUserObject = 16384

/** A condition: a schema, given by its OID, is neither the system's nor that of temporary tables. */
export function ofUsers(schema: string): string {
  return `${schema} not in (select oid from pg_namespace where nspname in ('pg_catalog', 'information_schema') or nspname ~ '^pg_(toast|temp)')`
}

/** A condition: an object is not part of an extension. */
export function notOfExtension(catalog: string, object: string): string {
  return `not exists (select from pg_depend e where e.classid = '${catalog}'::regclass and e.objid = ${object} and e.deptype = 'e')`
}
