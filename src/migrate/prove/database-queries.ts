import type { FactQuery } from './catalogs.ts'
import { constraintsOfTheirOwn, madeByOthers, triggersOfTheirOwn } from './object-queries.ts'

const identity = (catalog: string, oid: string) =>
  `(select i.identity from pg_identify_object('${catalog}'::regclass, ${oid}, 0) i)`

const notTemporary = `c.oid >= 16384 and c.relpersistence <> 't' and c.relkind <> 't'`

/**
 * A column as a line of text, without what the definition says of it in the server's own words. Debian's 17.12 writes a
 * mark of its own among the options, pg_attver.
 */
const columnText = `concat_ws(' ', format('%I %s', a.attname, format_type(a.atttypid, a.atttypmod)),
  case when a.attnotnull then 'not null' end,
  case when a.attcollation <> 0 and a.attcollation <> t.typcollation then 'collate ' || l.collname end,
  'storage ' || a.attstorage::text, 'compression ' || nullif(to_jsonb(a) ->> 'attcompression', ''),
  'identity ' || nullif(a.attidentity::text, ''), 'generated ' || nullif(to_jsonb(a) ->> 'attgenerated', ''),
  'statistics ' || nullif(to_jsonb(a) ->> 'attstattarget', '-1'), 'options ' || nullif(array(select o from unnest(a.attoptions) o where o not like 'pg\\_attver=%' order by o)::text, '{}'), 'options ' || a.attfdwoptions::text,
  case when a.atthasdef then 'default' end,
  'grants ' || (select string_agg(g.said, ', ' order by g.said) from (
    select format('%s: %s%s by %s', case when x.grantee = 0 then 'everybody' else pg_get_userbyid(x.grantee)::text end, x.privilege_type,
      case when x.is_grantable then ' with grant option' else '' end, pg_get_userbyid(x.grantor)) as said from aclexplode(a.attacl) x) g),
  'comment ' || col_description(a.attrelid, a.attnum))`

/** What is asked in each database of its relations and of what hangs on them, and of its extensions and sequences. */
export const databaseQueries: readonly FactQuery[] = [
  {
    kind: 'relation',
    sql: `select ${identity('pg_class', 'c.oid')} as name, json_build_object('kind', c.relkind, 'persistence', c.relpersistence,
          'tablespace', (select spcname from pg_tablespace s where s.oid = c.reltablespace), 'access method', coalesce(m.amname, case when c.relkind in ('r', 'm') then 'heap' end),
          'row security', c.relrowsecurity, 'forced', c.relforcerowsecurity, 'replica identity', c.relreplident,
          'filled', c.relispopulated, 'options', (select json_agg(o order by o) from unnest(c.reloptions) o),
          'toast options', (select json_agg(o order by o) from pg_class toast, unnest(toast.reloptions) o where toast.oid = c.reltoastrelid),
          'of type', case when c.reloftype <> 0 then format_type(c.reloftype, null) end,
          'parents', (select json_agg(${identity('pg_class', 'p.inhparent')} order by p.inhseqno) from pg_inherits p where p.inhrelid = c.oid),
          'partition key', case when c.relkind = 'p' then pg_get_partkeydef(c.oid) end,
          'partition of', pg_get_expr(c.relpartbound, c.oid),
          'columns', (select json_agg(${columnText} order by a.attnum)
            from pg_attribute a join pg_type t on t.oid = a.atttypid left join pg_collation l on l.oid = a.attcollation
            where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped)) as fields
        from pg_class c left join pg_am m on m.oid = c.relam
        where ${notTemporary} and c.relkind in ('r', 'p', 'm', 'v', 'f', 'c', 'S')
          and not ${madeByOthers('pg_class', 'c.oid')}`,
  },
  {
    kind: 'index',
    sql: `select ${identity('pg_class', 'c.oid')} as name, json_build_object('table', ${identity('pg_class', 'x.indrelid')},
          'valid', x.indisvalid, 'ready', x.indisready, 'unique', x.indisunique, 'primary', x.indisprimary,
          'immediate', x.indimmediate, 'clustered', x.indisclustered, 'replica identity', x.indisreplident,
          'nulls alike', coalesce((to_jsonb(x) ->> 'indnullsnotdistinct')::boolean, false), 'method', m.amname,
          'columns', x.indnatts, 'keys', coalesce(to_jsonb(x) ->> 'indnkeyatts', x.indnatts::text)::int, 'partial', x.indpred is not null,
          'tablespace', (select spcname from pg_tablespace s where s.oid = c.reltablespace),
          'options', (select json_agg(o order by o) from unnest(c.reloptions) o),
          'statistics', (select json_agg(nullif(to_jsonb(a) ->> 'attstattarget', '-1') order by a.attnum)
            from pg_attribute a where a.attrelid = c.oid)) as fields
        from pg_index x join pg_class c on c.oid = x.indexrelid join pg_am m on m.oid = c.relam join pg_class of on of.oid = x.indrelid
        where ${notTemporary} and of.relkind <> 't' and not ${madeByOthers('pg_class', 'x.indrelid')}`,
  },
  {
    kind: 'constraint',
    sql: `select ${identity('pg_constraint', 'c.oid')} as name, json_build_object('type', c.contype, 'validated', c.convalidated,
          'deferrable', c.condeferrable, 'deferred', c.condeferred, 'no inherit', c.contype = 'c' and c.connoinherit,
          'enforced', coalesce((to_jsonb(c) ->> 'conenforced')::boolean, true),
          'index', case when c.contype in ('p', 'u', 'x') then ${identity('pg_class', 'c.conindid')} end,
          'switched off', exists (select from pg_trigger t where t.tgconstraint = c.oid and t.tgisinternal and t.tgenabled <> 'O')) as fields
        from pg_constraint c where c.oid >= 16384 and ${constraintsOfTheirOwn} and c.contype <> 't'
          and not ${madeByOthers('pg_class', 'c.conrelid')} and not ${madeByOthers('pg_type', 'c.contypid')}`,
  },
  {
    kind: 'trigger',
    sql: `select ${identity('pg_trigger', 'c.oid')} as name, json_build_object('enabled', c.tgenabled,
          'function', c.tgfoid::regprocedure::text, 'type', c.tgtype, 'arguments', encode(c.tgargs, 'hex')) as fields
        from pg_trigger c where c.oid >= 16384 and ${triggersOfTheirOwn} and not ${madeByOthers('pg_class', 'c.tgrelid')}
        union all
        select 'rule ' || ${identity('pg_rewrite', 'r.oid')}, json_build_object('enabled', r.ev_enabled, 'instead', r.is_instead)
        from pg_rewrite r where r.oid >= 16384 and r.rulename <> '_RETURN' and not ${madeByOthers('pg_class', 'r.ev_class')}
        union all
        select 'event trigger ' || evtname, json_build_object('enabled', evtenabled, 'event', evtevent,
          'tags', evttags, 'function', evtfoid::regprocedure::text) from pg_event_trigger`,
  },
  {
    kind: 'extension',
    sql: `select extname as name, json_build_object('version', extversion, 'schema', extnamespace::regnamespace::text) as fields
        from pg_extension`,
  },
  {
    kind: 'subscription',
    sql: `select subname as name, json_build_object('enabled', subenabled, 'slot', subslotname, 'publications', subpublications) as fields
        from pg_subscription where subdbid = (select oid from pg_database where datname = current_database())`,
  },
  {
    kind: 'object',
    // What a function is made of, and enum labels in their order, whatever the names.
    sql: `select 'source of ' || ${identity('pg_proc', 'p.oid')} as name, json_build_object('source', md5(p.prosrc), 'library', p.probin,
          'language', l.lanname, 'settings', p.proconfig, 'volatile', p.provolatile, 'strict', p.proisstrict, 'cost', p.procost, 'rows', p.prorows,
          'security definer', p.prosecdef, 'leakproof', p.proleakproof, 'parallel', p.proparallel, 'result', pg_get_function_result(p.oid),
          'arguments', pg_get_function_arguments(p.oid)) as fields
        from pg_proc p join pg_language l on l.oid = p.prolang where p.oid >= 16384 and not ${madeByOthers('pg_proc', 'p.oid')}
        union all
        select 'labels of ' || ${identity('pg_type', 'e.enumtypid')}, json_build_object('labels', json_agg(e.enumlabel order by e.enumsortorder))
        from pg_enum e where not ${madeByOthers('pg_type', 'e.enumtypid')} group by e.enumtypid`,
  },
  {
    kind: 'sequence',
    sql: `select format('select json_build_array(''sequence'', %L, json_build_object(''last'', last_value::text, ''called'', is_called,
          ''start'', ''%s'', ''step'', ''%s'', ''least'', ''%s'', ''most'', ''%s'', ''cache'', ''%s'', ''cycles'', %L::boolean, ''type'', %L)) from %I.%I',
          ${identity('pg_class', 'c.oid')}, s.seqstart, s.seqincrement, s.seqmin, s.seqmax, s.seqcache, s.seqcycle, format_type(s.seqtypid, null),
          n.nspname, c.relname)
        from pg_sequence s join pg_class c on c.oid = s.seqrelid join pg_namespace n on n.oid = c.relnamespace where ${notTemporary}`,
  },
]
