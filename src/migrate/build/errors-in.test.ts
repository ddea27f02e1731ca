import { expect, test } from 'vitest'
import { unexpectedErrors } from './errors-in.ts'

test('an error that is expected counts once, notices and warnings never', () => {
  const said = `NOTICE:  relation exists
ERROR:  role "app" already exists
WARNING:  wal_level is insufficient
psql:<stdin>:14: ERROR:  role "app" already exists
ERROR:  permission denied: role "app" already exists
`
  expect(unexpectedErrors(said, ['role "app" already exists'])).toEqual([
    'psql:<stdin>:14: ERROR:  role "app" already exists',
    'ERROR:  permission denied: role "app" already exists',
  ])
})

test('what a program itself failed on is an error', () => {
  const said = `pg_dump: warning: there are circular foreign-key constraints
pg_dump: error: query failed
pg_restore: [archiver] error: could not read
psql: error: connection to server on socket "x" failed
FATAL:  no
`
  expect(unexpectedErrors(said, [])).toEqual([
    'pg_dump: error: query failed',
    'pg_restore: [archiver] error: could not read',
    'psql: error: connection to server on socket "x" failed',
    'FATAL:  no',
  ])
})
