import { expect, test } from 'vitest'
import { readRehearsal } from './read-rehearsal.ts'

const marks = `
10:-- Database "template1" dump
12:\\connect template1
40:-- Database "odd name's" dump
45:-- Name: odd name's; Type: DATABASE; Schema: -; Owner: app
50:\\connect -reuse-previous=on "dbname='odd name\\'s'"
60:-- Name: health; Type: VIEW; Schema: public; Owner: app
70:-- Name: by length; Type: INDEX; Schema: the shop; Owner: app
90:-- Database "last" dump
91:-- Name: last; Type: DATABASE; Schema: -; Owner: app
95:\\connect "last"
`

test('only the role that made the cluster may be there already', () => {
  const said =
    'psql:/d/schema.sql:4: ERROR:  role "app" already exists\npsql:/d/schema.sql:5: ERROR:  role "other" already exists\n'
  expect(readRehearsal(said, marks, 'app')).toEqual([
    {
      id: 'definition-refused',
      severity: 'blocker',
      message: 'The target refuses role "other" already exists',
    },
  ])
})

test('an error must be told with its object and database, once, and with what explains it', () => {
  const said = `psql:/d/schema.sql:63: ERROR:  column b.buffers_backend does not exist
LINE 2:  SELECT b.buffers_backend
                ^
HINT:  Perhaps you meant to reference the column "b.buffers_alloc".
psql:/d/schema.sql:66: ERROR:  relation "public.health" does not exist
psql:/d/schema.sql:67: WARNING:  something else
DETAIL:  This is of the warning.
psql:/d/schema.sql:72: ERROR:  functions in index expression must be marked IMMUTABLE
`
  expect(readRehearsal(said, marks, 'app')).toEqual([
    {
      id: 'definition-refused',
      severity: 'blocker',
      database: "odd name's",
      message:
        'The target refuses view public.health: column b.buffers_backend does not exist Perhaps you meant to reference the column "b.buffers_alloc".',
    },
    {
      id: 'interval-as-text',
      severity: 'blocker',
      database: "odd name's",
      message:
        'The target refuses index the shop.by length: functions in index expression must be marked IMMUTABLE',
    },
  ])
})

test('a database that cannot be made must be told once, under its own name', () => {
  const said = `psql:/d/schema.sql:92: ERROR:  invalid LC_COLLATE locale name: "de_DE.utf8"
HINT:  If the locale name is specific to ICU, use ICU_LOCALE.
psql:/d/schema.sql:93: ERROR:  database "last" does not exist
psql:/d/schema.sql:95: error: \\connect: connection to server on socket "/d/.s.PGSQL.5432" failed: FATAL:  database "last" does not exist
`
  const findings = readRehearsal(said, marks, 'app')
  expect(findings.map(({ id, database }) => [id, database])).toEqual([['missing-locale', 'last']])
})

test('after some errors the rest must be counted', () => {
  const said = Array.from(
    { length: 30 },
    (_, line) => `psql:/d/schema.sql:${line + 1}: ERROR:  no ${line}\n`,
  ).join('')
  const findings = readRehearsal(said, '', 'app')
  expect(findings).toHaveLength(21)
  expect(findings.at(-1)?.message).toContain('10 more')
})
