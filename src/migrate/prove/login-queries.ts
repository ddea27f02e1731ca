import type { FactQuery } from './catalogs.ts'

const files = ['pg_hba.conf', 'pg_ident.conf']

/*
 * In whatever encoding the file is: bytes that are no ASCII are written as such. Lines that were made comments when the
 * files were carried over (src/migrate/build/settings-text.ts) are told apart.
 */
const lines = (
  pattern: string,
) => String.raw`(select json_agg(case when m.line[1] ~* 'passw|secret' then 'digest ' || md5(m.line[1]) else m.line[1] end order by m.at)
          from regexp_matches(f.content, '${pattern}', 'ng') with ordinality m(line, at))`

/**
 * The rules for logins and the maps of names, in their order, as they stand in the data directory: a server on a copy
 * goes by others. That the new server takes each is asked when they are carried over.
 */
export const loginQueries: readonly FactQuery[] = files.map((file) => ({
  kind: 'logins',
  sql: String.raw`select '${file}' as name, json_build_object('rules', ${lines(String.raw`^(?![ \t]*(?:#|\r?$))(.+)$`)},
        'left out', ${lines(String.raw`^# docker vol: .*\n#(.+)$`)}) as fields
      from (select encode(pg_read_binary_file(current_setting('data_directory') || '/${file}', 0, 100000000, true), 'escape') as content) f`,
}))
