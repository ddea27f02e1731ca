import type { PostgresServer } from '../server.ts'

/** Extensions of the current database, as a JSON list, for which the image has another version than is installed. */
export const outdatedExtensions = `
coalesce((SELECT json_agg(name ORDER BY name) FROM pg_available_extensions
  WHERE installed_version <> default_version), '[]')
`

/** Brings extensions to the versions of the image. Returns what could not be brought there, a sentence each. */
export async function updateExtensions(
  server: PostgresServer,
  database: string,
  names: readonly string[],
): Promise<readonly string[]> {
  const notes: string[] = []
  for (const name of names) {
    // A session of its own: some want to be the first statement of one.
    const { exitCode, stderr } = await server.shell(
      'export PGDATABASE="$1"; psql -Xqw -v ON_ERROR_STOP=1 -v name="$2" -f -',
      { arguments: [database, name], input: 'ALTER EXTENSION :"name" UPDATE;' },
    )
    if (exitCode !== 0)
      notes.push(`the extension ${name} in "${database}" stays at its old version: ${firstError(stderr)}`)
  }
  return notes
}

function firstError(said: string): string {
  return /ERROR: +(.*)/.exec(said)?.[1] ?? said.trim()
}
