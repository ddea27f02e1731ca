import type { PostgresServer } from '../server.ts'
import { isShutDown, readControlData } from './control-data.ts'
import { withControlData } from './control-script.ts'
import { buildFailure } from './failure.ts'
import { overridesFor, settingsFromArguments } from './overrides.ts'
import type { Places } from './places.ts'
import { serverThrough } from './shell.ts'
import type { Side } from './side.ts'
import { followLinks } from './tablespaces.ts'

/*
 * Prepares the copy (\`$1\`) to be started: its own settings are put aside into \`$2\`, ours, which come on standard
 * input, follow them. A standby would wait for its primary for ever. Prepared transactions need as much room as they
 * had, which was perhaps given on the command line (twophase.c).
 */
const prepareScript = `${followLinks}${withControlData}
data=$1 work=$2 root=$3
follow_all "$data" "$root" || exit
rm -f "$data/standby.signal" "$data/recovery.signal" "$data/recovery.conf" "$data/postmaster.pid"
echo 'local all all trust
local replication all trust' >"$work/hba.conf"
: >"$work/ident.conf"
if [ ! -d "$work/settings" ]; then
  mkdir "$work/settings.new" || exit
  for file in postgresql.conf postgresql.auto.conf; do
    [ ! -f "$data/$file" ] || cp -p "$data/$file" "$work/settings.new/" || exit
  done
  mv "$work/settings.new" "$work/settings" || exit
fi
prepared=$(pg_controldata -D "$data" | sed -n 's/^max_prepared_xacts setting: *//p')
{ cat >"$work/overrides" && echo "max_prepared_transactions = \${prepared:-0}" >>"$work/overrides"; } || exit
# Where the data was counts no more.
[ ! -f "$data/postgresql.conf" ] || sed -i 's/^[[:space:]]*data_directory[[:space:]=]/#&/' "$data/postgresql.conf" || exit
[ -f "$data/postgresql.conf" ] || : >"$data/postgresql.conf"
{ cat "$work/settings/postgresql.auto.conf" 2>/dev/null; echo; cat "$work/overrides"; } >"$data/postgresql.auto.conf"
`

/*
 * Starts the server on \`$1\` with its log in \`$2\`. When its settings cannot be used here (they may name files beside
 * the volume), it is started without them; then a line says why. pg_ctl waits for recovery.
 */
const startScript = `${followLinks}
data=$1 work=$2 root=$3
start() { : >"$work/log"; pg_ctl -D "$data" -l "$work/log" -s -w start >"$work/start" 2>&1; }
start || {
  grep -Eq 'could not (access|load|open|stat) (the )?(file|library|configuration|server|directory)|onfiguration file|unrecognized configuration|invalid value for parameter' "$work/log" ||
    { cat "$work/start"; tail -n 40 "$work/log"; exit 1; } >&2
  grep -Em 1 'FATAL|ERROR' "$work/log" || echo 'its settings are not usable'
  : >"$data/postgresql.conf"
  cat "$work/overrides" >"$data/postgresql.auto.conf"
  start || { cat "$work/start"; tail -n 40 "$work/log"; exit 1; } >&2
}
# Recovery makes links of tablespaces anew, as they were.
for link in "$data"/pg_tblspc/*; do
  case $(readlink "$link") in
  "$root"/*|'') ;;
  *) pg_ctl -D "$data" -m fast -s -w stop >&2 && follow_all "$data" "$root" && start; exit ;;
  esac
done
`

/** Starts it again, for more of the same. */
export async function restartOldServer(old: Side, places: Places): Promise<void> {
  await old.must('start the old server on a copy', startScript, [places.old, places.oldWork, old.root])
}

/** The old server, as it runs in its container. */
export type OldServer = {
  readonly server: PostgresServer
  /** Why it was started without its own settings, if it was. */
  readonly withoutSettings: string | undefined
}

/** Starts the old server on the copy. What was not shut down cleanly recovers. */
export async function startOldServer(
  old: Side,
  client: Side,
  places: Places,
  about: {
    readonly major: number
    readonly installUser?: string
    readonly serverArguments: readonly string[]
  },
): Promise<OldServer> {
  const given = settingsFromArguments(about.serverArguments)
  const ours = overridesFor({ sockets: places.oldSockets, work: places.oldWork }, given, about.major)
  const at = [places.old, places.oldWork, old.root]
  const what = 'start the old server on a copy'
  const prepareAndStart = `(${prepareScript}) || exit\n${startScript}`
  let said = await old.must(what, prepareAndStart, at, `${ours.join('\n')}\n`)
  const guesses = [...new Set([about.installUser ?? 'postgres', 'postgres'])]
  let installUser = await installUserThrough(client, places, about.major, guesses)
  if (installUser === undefined) {
    await stopOldServer(old, places)
    installUser = await installUserAlone(old, places)
    said += await old.must(what, startScript, at)
  }
  return {
    server: serverThrough(
      client,
      { sockets: places.oldSockets, work: places.newWork },
      { major: about.major, installUser },
    ),
    withoutSettings: said.trim() === '' ? undefined : (said.trim().split('\n')[0] ?? ''),
  }
}

/** Asks the server as one of these roles, if there is one of them. */
async function installUserThrough(
  client: Side,
  places: Places,
  major: number,
  guesses: readonly string[],
): Promise<string | undefined> {
  const where = { sockets: places.oldSockets, work: places.newWork }
  const failures: string[] = []
  for (const guess of guesses) {
    const server = serverThrough(client, where, { major, installUser: guess })
    const { exitCode, stdout, stderr } = await server.shell(
      `psql -XAtqw -d template1 -c 'SELECT rolname FROM pg_roles WHERE oid = 10'`,
    )
    if (exitCode === 0) return stdout.replace(/\n$/, '')
    failures.push(stderr)
  }
  if (failures.every((said) => /does not exist|not permitted to log in/.test(said))) return undefined
  throw buildFailure('reach the old server on a copy', failures.join('\n'))
}

const soloScript = `
cd "$2" && echo 'SELECT rolname FROM pg_authid WHERE oid = 10' | postgres --single -D "$1" template1 2>solo
`

/** Asks without a server: in single-user mode no role is needed (src/backend/tcop/postgres.c, PostgresSingleUserMain). */
async function installUserAlone(old: Side, places: Places): Promise<string> {
  const what = 'find the role that initdb made'
  const said = await old.must(what, soloScript, [places.old, places.oldWork])
  const name = /rolname = "(.*)"\t\(typeid/.exec(said)?.[1]
  if (name === undefined) throw buildFailure(what, said)
  return name
}

const stopScript = `${withControlData}
pg_ctl -D "$1" -m fast -s -w stop >&2 || { tail -n 40 "$2/log" >&2; exit 1; }
pg_controldata -D "$1"
`

/** Shuts the old server down. Its control file must then say that all is in its files. */
export async function stopOldServer(old: Side, places: Places): Promise<void> {
  await stopServer(old, 'shut down the old server cleanly', places.old, places.oldWork)
}

/** Shuts a server down, proven by its control file. */
export async function stopServer(side: Side, what: string, data: string, work: string): Promise<void> {
  const control = await side.must(what, stopScript, [data, work])
  if (!isShutDown(readControlData(control))) throw buildFailure(what, control)
}
