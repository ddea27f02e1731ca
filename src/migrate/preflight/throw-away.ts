import { VolError } from '../../errors.ts'
import type { PostgresServer } from '../server.ts'
import { findPrograms, type Programs } from './programs.ts'
import { settingLine, type Setting } from './settings.ts'

/** A server of the target image on an empty cluster. Its data goes when it does. */
export type ThrowAwayServer = PostgresServer & {
  /** The directory of its socket and of its data, where its programs run. */
  readonly directory: string
}

export type ThrowAwayRequest = {
  /** The role that initdb makes: the one of the cluster that is to be migrated. */
  readonly installUser: string
  /**
   * A directory where its programs run, with room for the schemas of all databases. Unless given it is theirs, if that can
   * be written to, or in memory.
   */
  readonly place?: string
  /** For libraries that must be there from the start, and what they want to know. */
  readonly settings?: readonly Setting[]
}

// initdb and the server look their own user up by number; the data's owner need not be known in this image.
const nameThisUser = `
if ! id -un >/dev/null 2>&1; then
  for library in /usr/lib/*/libnss_wrapper.so /usr/lib/libnss_wrapper.so; do
    [ -f "$library" ] || continue
    printf 'postgres:x:%s:%s::/:/bin/sh\\n' "$(id -u)" "$(id -g)" >"$directory/passwd"
    printf 'postgres:x:%s:\\n' "$(id -g)" >"$directory/group"
    export LD_PRELOAD="$library" NSS_WRAPPER_PASSWD="$directory/passwd" NSS_WRAPPER_GROUP="$directory/group"
    break
  done
fi
`

const startScript = `${findPrograms}
umask 077
command -v initdb >/dev/null || { echo 'the image has no initdb' >&2; exit 1; }
place=\${1:-$PWD}
[ -w "$place" ] || place=/tmp
directory=$(mktemp -d "$place/docker-vol-throw-away.XXXXXX") || exit
cat >"$directory/settings"
${nameThisUser}
fail() { cat "$directory/log" >&2; rm -rf "$directory"; exit 1; }
initdb -D "$directory/data" -U "$2" --auth=trust --encoding=UTF8 --locale=C --no-sync >"$directory/log" 2>&1 </dev/null || fail
cat >"$directory/data/pg_hba.conf" <<'RULES'
local all all trust
RULES
cat >>"$directory/data/postgresql.conf" <<SETTINGS
listen_addresses = ''
port = 5432
unix_socket_directories = '$directory'
fsync = off
full_page_writes = off
autovacuum = off
shared_buffers = 16MB
max_wal_size = 64MB
min_wal_size = 32MB
jit = off
SETTINGS
begin() { pg_ctl -D "$directory/data" -w -t 120 -l "$directory/log" start >"$directory/started" 2>&1 </dev/null; }
cp "$directory/data/postgresql.conf" "$directory/plain.conf"
cat "$directory/settings" >>"$directory/data/postgresql.conf"
begin || { cp "$directory/plain.conf" "$directory/data/postgresql.conf"; begin; } || fail
cat "$directory/data/PG_VERSION"
echo "$directory"`

const stopScript = `${findPrograms}
pg_ctl -D "$1/data" -m immediate -w stop >/dev/null 2>&1 </dev/null
rm -rf "$1"`

// The arguments that come first are taken away before the script of the caller begins.
const reach = `${findPrograms}
unset PGHOSTADDR PGDATABASE PGOPTIONS PGPASSWORD PGSERVICE
export PGHOST=$1 PGPORT=5432 PGUSER=$2
shift 2
`

/**
 * Starts a server of the target image on an empty cluster, does something with it, and removes it whatever happens.
 * Fails with NO_SPACE, or with FAILED when it does not start: then nothing can be migrated to that image.
 */
export async function withThrowAwayServer<Result>(
  programs: Programs,
  { installUser, place = '', settings = [] }: ThrowAwayRequest,
  action: (server: ThrowAwayServer) => Promise<Result>,
): Promise<Result> {
  const started = await programs.shell(startScript, {
    arguments: [place, installUser],
    input: settings.map((setting) => `${settingLine(setting)}\n`).join(''),
  })
  if (started.exitCode !== 0)
    throw new VolError(
      /No space left on device/.test(started.stderr) ? 'NO_SPACE' : 'FAILED',
      'No server of the target image starts on an empty cluster.',
      {
        output: started.stderr.trim(),
      },
    )
  const [version = '', directory = ''] = started.stdout.trim().split('\n')
  try {
    return await action({
      major: Number.parseInt(version, 10),
      installUser,
      directory,
      shell: async (text, options = {}) =>
        await programs.shell(reach + text, {
          ...options,
          arguments: [directory, installUser, ...(options.arguments ?? [])],
        }),
    })
  } finally {
    // After an interruption nothing runs there any more, and its container goes.
    await programs.shell(stopScript, { arguments: [directory] }).catch(() => undefined)
  }
}
