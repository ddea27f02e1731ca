import type { ScriptResult } from '../docker/docker.ts'

/**
 * A Postgres server that answers, and a shell from which its programs reach it: the user's own in its container, the
 * old one on a copy, or the new one.
 */
export type PostgresServer = {
  readonly major: number
  /** The role that initdb made. It is a superuser, whatever its name. */
  readonly installUser: string
  /**
   * Runs a script in POSIX shell where `psql`, `pg_dump` and `pg_dumpall` are in PATH and PGHOST, PGPORT and PGUSER
   * lead them to this server without a password. What the script reads on standard input may be secret; its arguments
   * may not. A failure is the exit code: nothing is thrown for it. What it prints is read as UTF-8.
   */
  shell(
    text: string,
    options?: { readonly arguments?: readonly string[]; readonly input?: string },
  ): Promise<ScriptResult>
}
