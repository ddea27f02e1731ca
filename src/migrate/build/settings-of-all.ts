import type { PostgresServer } from '../server.ts'

/** Settings whose value is a list that is quoted already where it is kept (guc_tables.c, GUC_LIST_QUOTE). */
const lists = [
  'local_preload_libraries',
  'search_path',
  'session_preload_libraries',
  'shared_preload_libraries',
  'temp_tablespaces',
  'unix_socket_directories',
]

/**
 * Sets again what was set for all roles in all databases (`ALTER ROLE ALL SET`), which pg_dumpall, and so pg_upgrade,
 * leaves out. Each is `name=value`, as the catalog has it. Returns what the new version does not take, a sentence each.
 */
export async function setForAllRoles(
  server: PostgresServer,
  settings: readonly string[],
): Promise<readonly string[]> {
  const notes: string[] = []
  for (const setting of settings) {
    const at = setting.indexOf('=')
    const [name, value] = [setting.slice(0, at), setting.slice(at + 1)]
    const written = lists.includes(name.toLowerCase()) && value !== '' ? ':value' : `:'value'`
    const { exitCode, stderr } = await server.shell(
      'psql -XAtqw -d template1 -v ON_ERROR_STOP=1 -v name="$1" -v value="$2" -f -',
      { arguments: [name, value], input: `ALTER ROLE ALL SET :"name" TO ${written};` },
    )
    if (exitCode !== 0)
      notes.push(`${setting} is no longer set for all roles: ${/ERROR: +(.*)/.exec(stderr)?.[1] ?? stderr}`)
  }
  return notes
}
