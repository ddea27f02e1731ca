/**
 * SQL for who may do what, as sorted JSON. `type` is that of acldefault: no grants at all mean the same as those that
 * stand there from the beginning, and dumping makes the one of the other.
 */
export function grants(column: string, type: string, owner: string): string {
  return exploded(`coalesce(${column}, acldefault(${type}, ${owner}))`)
}

/** The same where nothing is granted from the beginning. */
export function exploded(acl: string): string {
  return `(select json_agg(g.said order by g.said) from (
    select format('%s: %s%s by %s', case when x.grantee = 0 then 'everybody' else pg_get_userbyid(x.grantee)::text end,
             x.privilege_type, case when x.is_grantable then ' with grant option' else '' end, pg_get_userbyid(x.grantor)) as said
      from aclexplode(${acl}) x) g)`
}
