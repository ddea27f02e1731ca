import { oursFollow } from '../build/overrides.ts'
import type { Majors, Query } from './check.ts'
import { checks } from './checks/index.ts'

/** The version of glibc's collations in a server: any of its locales tells. Before 13 there is no such thing. */
const libcVersion = `(select pg_collation_actual_version(oid) from pg_collation
  where collprovider = 'c' and collcollate !~ '^(C|POSIX)(\\.|$)' limit 1)`

/** The same of ICU. Every server that was built with it has the root collation. */
const icuVersion = `(select pg_collation_actual_version(oid) from pg_collation where collprovider = 'i' and collname = 'und-x-icu')`

/** Both, for the target too. */
export const collationVersions = `${libcVersion} as "libcVersion", ${icuVersion} as "icuVersion"`

/** What several checks look at. */
const common: Readonly<Record<string, Query>> = {
  server: {
    of: 'cluster',
    sql: () => `
select current_setting('data_directory') as "dataDirectory", pg_is_in_recovery() as recovering,
  current_setting('server_encoding') as encoding, ${collationVersions}`,
  },
  databases: {
    of: 'cluster',
    sql: ({ from }) => `
select datname as name, pg_encoding_to_char(encoding) as encoding, datcollate as collate, datctype as ctype,
  ${from >= 15 ? 'datlocprovider' : "'c'"} as provider, ${from >= 15 ? 'datcollversion' : 'null'} as recorded
from pg_database order by 1`,
  },
  // The last line of a name counts (guc-file.l), as the rows do that come last. A copy has settings of ours at the end.
  'file-settings': {
    of: 'cluster',
    sql: () => `
select name, setting, sourcefile as file from pg_file_settings where name is not null
  and seqno < coalesce((select min(seqno) from pg_file_settings where name = '${oursFollow}'), 2147483647) order by seqno`,
  },
  // In base64: nothing says that the file is text in the database's encoding.
  'access-rules': {
    of: 'cluster',
    sql: () => `
select encode(pg_read_binary_file(current_setting('data_directory') || '/pg_hba.conf', 0, 1000000, true), 'base64') as content`,
  },
  collations: {
    of: 'database',
    sql: () => `
select distinct c.collprovider as provider from pg_collation c
where c.oid not in (100, 950, 951) and (
  exists (select from pg_index i where c.oid = any (i.indcollation::oid[]))
  or exists (select from pg_attribute a where a.attcollation = c.oid and a.attrelid >= 16384))`,
  },
}

/** Everything that is asked before a migration between two versions, by name. */
export function queriesFor(majors: Majors): Readonly<Record<string, Query>> {
  const own = checks.flatMap(({ id, query, applies }): [string, Query][] =>
    query === undefined || applies?.(majors) === false ? [] : [[id, query]],
  )
  return { ...common, ...Object.fromEntries(own) }
}
