import type { PostgresServer } from '../server.ts'
import { ask, connectTo } from './shell.ts'

/*
 * Debian's 17.12 writes a mark of its own, pg_attver, among the options of columns. Its own pg_dump leaves it out;
 * that of 18.6 dumps it like an option of the user's, which its server then refuses ("unrecognized parameter"). It can
 * be taken out by no ALTER TABLE, and says nothing that a new cluster needs.
 */
const forgetMarks = `
UPDATE pg_attribute SET attoptions =
    nullif(ARRAY(SELECT each FROM unnest(attoptions) each WHERE each NOT LIKE 'pg\\_attver=%'), '{}')
  WHERE EXISTS (SELECT FROM unnest(attoptions) each WHERE each LIKE 'pg\\_attver=%');
`

/** Takes marks out of the catalogs of the copy that programs of other versions would stumble over. */
export async function forgetAttributeMarks(
  server: PostgresServer,
  databases: readonly string[],
): Promise<void> {
  const script = databases.map((name) => connectTo(name) + forgetMarks).join('')
  await ask(server, 'prepare the catalogs of the copy', script)
}
