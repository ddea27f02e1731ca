import type { PostgresServer } from '../server.ts'
import { ask } from './shell.ts'

/** Lets databases be connected to that forbid it, without which nobody can read them, or forbids it again. */
export async function allowConnections(
  server: PostgresServer,
  databases: readonly string[],
  allowed: boolean,
): Promise<void> {
  for (const name of databases)
    await ask(
      server,
      `open or close "${name}"`,
      `ALTER DATABASE :"name" WITH ALLOW_CONNECTIONS :allowed;`,
      'template1',
      { name, allowed: String(allowed) },
    )
}
