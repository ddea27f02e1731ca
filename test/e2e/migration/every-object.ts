/** A cluster with every kind of object that Postgres knows, to see what comes through a migration. */
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import type { PostgresServer } from '../../../src/migrate/server.ts'

/** Passwords of two roles of the cluster; the database is `shop`. */
export const logins = {
  scram: { role: 'scram_user', password: 'scram secret' },
  md5: { role: 'md5_user', password: 'md5 secret' },
} as const

const parts = ['1-cluster.sql', '2-types.sql', '3-tables.sql']

/**
 * Fills a new cluster of any major from 13 to 18. A tablespace is made where `tablespace` says, an absolute path
 * in the server's container that the server's shell may make; it must lie in the volume to be migrated with it.
 */
export async function fillWithEveryObject(
  server: PostgresServer,
  { tablespace }: { readonly tablespace?: string } = {},
): Promise<void> {
  const folder = path.join(import.meta.dirname, 'every-object')
  const sql = await Promise.all(parts.map(async (part) => await readFile(path.join(folder, part), 'utf8')))
  const { exitCode, stderr } = await server.shell(
    `if [ -n "$1" ]; then mkdir -p -m 0700 "$1" || exit; set -- -v tablespace="$1"; else set --; fi
    exec psql -X -q -o /dev/null -v ON_ERROR_STOP=1 -d postgres "$@"`,
    { arguments: [tablespace ?? ''], input: sql.join('\n') },
  )
  if (exitCode !== 0) throw new Error(`not every object could be made in ${server.major}: ${stderr}`)
}
