import { oursFollow } from '../build/overrides.ts'
import type { FactQuery } from './catalogs.ts'
import { exploded, grants } from './grants.ts'

/** What belongs to the whole cluster. Columns that came later are read from the row as JSON, with what held before them. */
export function clusterQueries(major: number): readonly FactQuery[] {
  return [
    {
      kind: 'role',
      sql: `select rolname as name, json_build_object('superuser', rolsuper, 'inherits', rolinherit, 'createrole', rolcreaterole,
          'createdb', rolcreatedb, 'login', rolcanlogin, 'replication', rolreplication, 'bypassrls', rolbypassrls,
          'connections', rolconnlimit, 'valid until', rolvaliduntil::text, 'password',
          case when rolpassword is null then null when rolpassword like 'md5%' then 'md5 ' when rolpassword like 'SCRAM-%' then 'scram '
            else 'other ' end || md5(rolpassword), 'comment', shobj_description(oid, 'pg_authid')) as fields
        from pg_authid where rolname !~ '^pg_'`,
    },
    { kind: 'membership', sql: membership(major) },
    {
      kind: 'role settings',
      sql: `select format('%s in %s', coalesce(r.rolname, 'every role'), coalesce(d.datname, 'every database')) as name,
          json_build_object('settings', (select json_agg(each order by each) from unnest(s.setconfig) each)) as fields
        from pg_db_role_setting s left join pg_roles r on r.oid = s.setrole left join pg_database d on d.oid = s.setdatabase`,
    },
    {
      kind: 'tablespace',
      sql: `select spcname as name, json_build_object('owner', pg_get_userbyid(spcowner), 'options', spcoptions,
          'grants', ${grants('spcacl', "'t'", 'spcowner')}, 'location', pg_tablespace_location(oid),
          'comment', shobj_description(oid, 'pg_tablespace')) as fields
        from pg_tablespace where spcname !~ '^pg_'`,
    },
    {
      kind: 'database',
      sql: `select datname as name, json_build_object('owner', pg_get_userbyid(datdba), 'encoding', pg_encoding_to_char(encoding),
          'collate', datcollate, 'ctype', datctype, 'provider', coalesce(j ->> 'datlocprovider', 'c'),
          'locale', coalesce(j ->> 'datlocale', j ->> 'daticulocale'), 'icu rules', j ->> 'daticurules',
          'template', datistemplate, 'lets in', datallowconn, 'connections', datconnlimit, 'tablespace', spcname,
          'grants', ${grants('datacl', "'d'", 'datdba')}, 'comment', shobj_description(d.doid, 'pg_database')) as fields
        from (select *, oid as doid, to_jsonb(o) as j from pg_database o) d join pg_tablespace t on t.oid = d.dattablespace
        where datname <> 'template0'`,
    },
    {
      kind: 'replication slot',
      sql: `select slot_name as name, json_build_object('type', slot_type, 'plugin', plugin, 'database', database) as fields
        from pg_replication_slots where not temporary`,
    },
    {
      kind: 'setting',
      // What comes later in the files counts, as far as it is the user's.
      sql: `select distinct on (lower(name)) lower(name) as name, json_build_object('value',
          case when name ~* 'conninfo|passphrase|command' then 'digest ' || md5(setting) else setting end) as fields
        from pg_file_settings where (error is null or applied)
          and seqno < coalesce((select min(seqno) from pg_file_settings where name = '${oursFollow}'), 2147483647)
        order by lower(name), seqno desc`,
    },
    ...(major < 15
      ? []
      : [
          {
            kind: 'parameter' as const,
            sql: `select parname as name, json_build_object('grants', ${exploded('paracl')}) as fields from pg_parameter_acl`,
          },
        ]),
  ]
}

/** From 16 on a membership says by itself what the member's INHERIT said before, and several may have granted it. */
function membership(major: number): string {
  const inherits = major < 16 ? 'u.rolinherit' : 'bool_or(m.inherit_option)'
  const sets = major < 16 ? 'true' : 'bool_or(m.set_option)'
  return `select format('%s to %s', r.rolname, u.rolname) as name, json_build_object('admin', bool_or(m.admin_option),
      'inherits', ${inherits}, 'sets', ${sets}, 'by', json_agg(g.rolname order by g.rolname)) as fields
    from pg_auth_members m join pg_roles r on r.oid = m.roleid join pg_roles u on u.oid = m.member
      left join pg_roles g on g.oid = m.grantor
    where u.rolname !~ '^pg_' group by r.rolname, u.rolname, u.rolinherit`
}
