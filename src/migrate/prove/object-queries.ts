import type { FactQuery } from './catalogs.ts'
import { exploded, grants } from './grants.ts'

/** A catalog whose rows have an identity: with the columns of who owns it and may do what, and acldefault's type. */
type Catalog = {
  readonly name: string
  readonly owner?: string
  readonly acl?: string
  readonly type?: string
  readonly where?: string
  /** What it hangs on, which may be an extension's: catalog and column. */
  readonly of?: readonly [string, string]
  readonly grantsWhere?: string
  readonly since?: number
}

/**
 * From 18 on, that a column is not null is a constraint with a name. Those of partitions are made and named by the
 * server along with that of their table.
 */
export const constraintsOfTheirOwn = `contype <> 'n' and coalesce(to_jsonb(c) ->> 'conparentid', '0') = '0'`

/** Of a trigger for each row, each partition has one as well; before 15 the server called those its own. */
export const triggersOfTheirOwn = `not tgisinternal and coalesce(to_jsonb(c) ->> 'tgparentid', '0') = '0'`

const catalogs: readonly Catalog[] = [
  {
    name: 'pg_namespace',
    owner: 'nspowner',
    acl: 'nspacl',
    type: `'n'`,
    where: `nspname !~ '^pg_(toast|temp)'`,
  },
  {
    name: 'pg_class',
    owner: 'relowner',
    acl: 'relacl',
    type: `(case relkind when 'S' then 's' else 'r' end)::"char"`,
    // Indexes and the rows of composite types are granted to nobody.
    grantsWhere: `relkind in ('r', 'p', 'v', 'm', 'f', 'S')`,
    where: `relkind <> 't' and relpersistence <> 't' and relnamespace <> 99`,
  },
  { name: 'pg_type', owner: 'typowner', acl: 'typacl', type: `'T'` },
  { name: 'pg_proc', owner: 'proowner', acl: 'proacl', type: `'f'` },
  { name: 'pg_operator', owner: 'oprowner' },
  { name: 'pg_opclass', owner: 'opcowner' },
  { name: 'pg_opfamily', owner: 'opfowner' },
  { name: 'pg_amop', of: ['pg_opfamily', 'amopfamily'] },
  { name: 'pg_amproc', of: ['pg_opfamily', 'amprocfamily'] },
  { name: 'pg_cast' },
  { name: 'pg_collation', owner: 'collowner' },
  { name: 'pg_conversion', owner: 'conowner' },
  { name: 'pg_am' },
  { name: 'pg_attrdef', of: ['pg_class', 'adrelid'] },
  { name: 'pg_constraint', where: constraintsOfTheirOwn, of: ['pg_class', 'conrelid'] },
  { name: 'pg_trigger', where: triggersOfTheirOwn, of: ['pg_class', 'tgrelid'] },
  { name: 'pg_rewrite', of: ['pg_class', 'ev_class'] },
  { name: 'pg_policy', of: ['pg_class', 'polrelid'] },
  { name: 'pg_event_trigger', owner: 'evtowner' },
  { name: 'pg_language', owner: 'lanowner', acl: 'lanacl', type: `'l'` },
  { name: 'pg_extension', owner: 'extowner' },
  { name: 'pg_foreign_data_wrapper', owner: 'fdwowner', acl: 'fdwacl', type: `'F'` },
  { name: 'pg_foreign_server', owner: 'srvowner', acl: 'srvacl', type: `'S'` },
  { name: 'pg_user_mapping' },
  { name: 'pg_default_acl', acl: 'defaclacl' },
  { name: 'pg_publication', owner: 'pubowner' },
  { name: 'pg_publication_rel' },
  { name: 'pg_publication_namespace', since: 15 },
  { name: 'pg_statistic_ext', owner: 'stxowner' },
  // A transform's identity is printed otherwise from some version on.
  { name: 'pg_ts_config', owner: 'cfgowner' },
  { name: 'pg_ts_dict', owner: 'dictowner' },
  { name: 'pg_ts_parser' },
  { name: 'pg_ts_template' },
]

/**
 * Every object that somebody made, by the name that Postgres itself tells it apart by: found here, and not by what
 * pg_dump lists, because both ways to migrate believe pg_dump. What an extension brought counts with the extension;
 * what a type brought along (its array, its constructors) is named by the server and differs with it. initdb makes
 * objects below 16384 (FirstNormalObjectId); only the schema public of those can be given away.
 */
export function objectQueries(major: number): readonly FactQuery[] {
  return catalogs
    .filter(({ since = 0 }) => major >= since)
    .map((each) => ({ kind: 'object', sql: sqlOf(each) }))
}

function sqlOf(catalog: Catalog): string {
  const { name, where = 'true', of } = catalog
  const made = name === 'pg_namespace' ? `(c.oid >= 16384 or nspname = 'public')` : 'c.oid >= 16384'
  return `select i.type || ' ' || i.identity as name, json_build_object(${fieldsOf(catalog)}) as fields
    from ${name} c, lateral pg_identify_object('${name}'::regclass, c.oid, 0) i
    where ${made} and ${where} and not ${madeByOthers(name, 'c.oid')}
    ${of === undefined ? '' : `and not ${madeByOthers(of[0], `c.${of[1]}`)}`}`
}

function fieldsOf({ name, owner, acl, type, grantsWhere = 'true' }: Catalog): string {
  const granted =
    type === undefined || owner === undefined ? exploded(`c.${acl}`) : grants(`c.${acl}`, type, `c.${owner}`)
  return [
    `'comment', obj_description(c.oid, '${name}')`,
    ...(owner === undefined ? [] : [`'owner', pg_get_userbyid(c.${owner})`]),
    ...(acl === undefined ? [] : [`'grants', case when ${grantsWhere} then ${granted} end`]),
  ].join(', ')
}

/** Whether an object belongs to an extension, or came along with a type. */
export function madeByOthers(catalog: string, oid: string): string {
  return `exists (
      select from pg_depend d where d.classid = '${catalog}'::regclass and d.objid = ${oid} and d.objsubid = 0
        and (d.deptype = 'e' or d.deptype = 'i' and d.classid in ('pg_type'::regclass, 'pg_proc'::regclass, 'pg_cast'::regclass)))`
}
