import { describe, expect, test } from 'vitest'
import { commentOut, linesThatSet, movePaths, objectionsIn, withoutLibrary } from './settings-text.ts'

const text = `# a comment
listen_addresses = '*'
Stats_Temp_Directory='/tmp'   # as ever
#stats_temp_directory = 'x'
work_mem 4MB
stats_temp_directory_too = 1
`

test('a line is commented out with its reason, and what is a comment stays', () => {
  expect(
    commentOut(
      text,
      new Map([
        [3, 'no such setting'],
        [4, 'never'],
      ]),
    ),
  ).toBe(`# a comment
listen_addresses = '*'
# docker vol: no such setting
#Stats_Temp_Directory='/tmp'   # as ever
#stats_temp_directory = 'x'
work_mem 4MB
stats_temp_directory_too = 1
`)
})

test.each([
  ['stats_temp_directory', [3]],
  ['WORK_MEM', [5]],
  ['a', []],
])('%s is set in lines %j', (name, lines) => {
  expect(linesThatSet(text, name)).toEqual(lines)
})

describe('what a server says against its settings', () => {
  test('names the place, the parameter or the missing file', () => {
    const said = `2026-11-23 15:00:00.000 UTC [9] LOG:  unrecognized configuration parameter "wal_keep_segments" in file "/m/new/postgresql.conf" line 7
2026-11-23 15:00:00.000 UTC [9] LOG:  invalid value for parameter "wal_level": "hot_standby"
2026-11-23 15:00:00.000 UTC [9] HINT:  Available values: minimal, replica, logical.
2026-11-23 15:00:00.000 UTC [9] LOG:  syntax error in file "/m/new/conf.d/a b.conf" line 3, near token "="
LOG:  could not open configuration file "/etc/more.conf": No such file or directory
2026-11-23 15:00:00.000 UTC [9] FATAL:  configuration file "/m/new/postgresql.conf" contains errors
`
    expect(objectionsIn(said)).toEqual([
      {
        about: 'unrecognized configuration parameter "wal_keep_segments"',
        name: 'wal_keep_segments',
        file: '/m/new/postgresql.conf',
        line: 7,
      },
      { about: 'invalid value for parameter "wal_level": "hot_standby"', name: 'wal_level' },
      { about: 'syntax error, near token "="', file: '/m/new/conf.d/a b.conf', line: 3 },
      {
        about: 'could not open configuration file "/etc/more.conf": No such file or directory',
        name: '/etc/more.conf',
      },
    ])
  })

  test('is nothing when it takes them', () => {
    expect(objectionsIn('/var/lib/postgresql/data\n')).toEqual([])
  })
})

test.each([
  ['pg_stat_statements, "timescaledb"', 'timescaledb', 'pg_stat_statements'],
  ['$libdir/auto_explain', 'auto_explain', ''],
  ['pg_stat_statements', 'auto_explain', undefined],
  ['', 'auto_explain', undefined],
])('%j without the library %s is %j', (value, library, left) => {
  expect(withoutLibrary(value, library)).toBe(left)
})

test('paths into the old data directory lead into the new one, and what is included is found wherever that is', () => {
  const before = `include_dir = '/var/data/conf.d'
hba_file = '/var/data/pg_hba.conf'   # here
#ident_file = '/var/data/x'
ssl_key_file = '/etc/ssl/key'
log_directory = '/var/database/log'`
  expect(movePaths(before, '/var/data', '/var/lib/18')).toEqual({
    text: `include_dir = 'conf.d'
hba_file = '/var/lib/18/pg_hba.conf'   # here
#ident_file = '/var/data/x'
ssl_key_file = '/etc/ssl/key'
log_directory = '/var/database/log'`,
    changed: ["include_dir = 'conf.d'", "hba_file = '/var/lib/18/pg_hba.conf'   # here"],
  })
  expect(movePaths(before, '/var/data', '/var/data').changed).toEqual(["include_dir = 'conf.d'"])
})
