import { text } from '../../snapshots/read.ts'
import type { PostgresServer } from '../server.ts'
import { ask, connectTo } from './shell.ts'

/*
 * Debian's 17.12 writes a mark of its own, pg_attver, among the options of columns, and needs it to read what is
 * composed of several values. Its own pg_dump leaves it out; that of 18.6 dumps it like an option of the user's, which
 * its server then refuses ("unrecognized parameter"). No ALTER TABLE takes it out. What is not the user's (its OIDs are
 * below 16384, transam.h) is never dumped.
 */
const isMarked = `attrelid >= 16384 AND EXISTS (SELECT FROM unnest(attoptions) each WHERE each LIKE 'pg\\_attver=%')`

const findMarks = `SELECT to_json(current_database()::text) FROM pg_attribute WHERE ${isMarked} LIMIT 1;\n`

const forgetMarks = `
UPDATE pg_attribute SET attoptions =
    nullif(ARRAY(SELECT each FROM unnest(attoptions) each WHERE each NOT LIKE 'pg\\_attver=%'), '{}')
  WHERE ${isMarked};
`

/** The databases whose catalogs have marks that programs of other versions stumble over. */
export async function markedDatabases(
  server: PostgresServer,
  databases: readonly string[],
): Promise<readonly string[]> {
  const script = databases.map((name) => connectTo(name) + findMarks).join('')
  const found = await ask(server, 'look at the catalogs of the copy', script)
  return found.split('\n').flatMap((line) => (line === '' ? [] : [text(JSON.parse(line), 'name')]))
}

/** Takes the marks out of the copy, whose rows nobody may read after that with the old server. */
export async function forgetMarksOf(server: PostgresServer, databases: readonly string[]): Promise<void> {
  if (databases.length === 0) return
  const script = databases.map((name) => connectTo(name) + forgetMarks).join('')
  await ask(server, 'prepare the catalogs of the copy', script)
}

/**
 * For sed: passes a dump of definitions on without the mark. Where a statement sets nothing else it takes an option back
 * instead that is not there, since a statement may begin on an earlier line: names of tables can have line breaks.
 */
export const withoutMarks = `/ SET (.*pg_attver=[0-9]*.*);$/{
  s/, pg_attver=[0-9]*//; s/(pg_attver=[0-9]*, /(/; s/ SET (pg_attver=[0-9]*);$/ RESET (pg_attver);/
}`
