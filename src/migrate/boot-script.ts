/** How the script ends when the server did not. */
export const bootExit = { noServer: 3, otherCluster: 4, badEnd: 5, notReady: 6 } as const

/*
 * Starts the image as the engine would, by its own entrypoint, and logs in over TCP. \`$1\` is how: \`strict\` lets nobody in
 * without a password, \`own\` is the volume's pg_hba.conf; \`$2\`: the data directory; then the entrypoint with its
 * arguments. Standard input sets variables, in shell. Nothing may happen in the new cluster that its users would not know
 * of: no archiving, no subscription, no job of pg_cron. The entrypoint makes a new cluster where it finds none, so that the
 * system identifier must be that of before.
 */
export const bootScript = `
umask 077
settings=$(cat) && eval "$settings" && unset settings || exit
how=$1 data=$2
shift 2
tmp=/tmp/docker-vol-boot
mkdir "$tmp" || exit
identifier() { od -An -N8 -tu8 "$data/global/pg_control" | tr -d ' '; }
before=$(identifier)
set -- "$@" -c listen_addresses=127.0.0.1 -c unix_socket_directories="$tmp" -c external_pid_file= -c archive_mode=off \\
  -c max_logical_replication_workers=0 -c cron.launch_active_jobs=off -c logging_collector=off -c log_destination=stderr
if [ "$how" = strict ]; then
  # Of the two kinds of stored passwords, md5 takes both.
  printf 'local all all trust\\nhost all all all md5\\n' >"$tmp/hba"
  set -- "$@" -c hba_file="$tmp/hba"
fi
"$@" >"$tmp/log" 2>&1 &
server=$!
fail() { echo "$2" >&2; tail -n 30 "$tmp/log" >&2; exit "$1"; }
port() { sed -n 4p "$data/postmaster.pid" 2>/dev/null; }
alive() { kill -0 "$server" 2>/dev/null; }
ready() { [ "$(sed -n 8p "$data/postmaster.pid" 2>/dev/null | tr -d ' ')" = ready ]; }
# It was shut down cleanly, so that nothing has to be recovered; an image that runs its server elsewhere is never ready here.
tries=0
until ready; do
  alive || fail ${bootExit.noServer} 'the server does not start:'
  tries=$((tries + 1))
  [ "$tries" -lt 6000 ] || { kill -INT "$server"; fail ${bootExit.notReady} 'the server is not ready after ten minutes:'; }
  sleep 0.1
done
[ "$(identifier)" = "$before" ] || fail ${bootExit.otherCluster} 'another cluster was made in its place:'
login() { psql -X -w -A -t -v ON_ERROR_STOP=1 -h 127.0.0.1 -p "$(port)" "$@"; }
if said=$(login -c 'SELECT current_user' 2>&1); then echo in; else printf 'refused %s\\n' "$said" | head -n 1; fi
kill -INT "$server"
wait "$server" || fail ${bootExit.badEnd} 'the server does not end well:'
rm -rf "$tmp"
`
