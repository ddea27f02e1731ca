import { scriptStart, type DatabaseCheck } from './check.ts'

/*
 * The append-only files count when there are any, as they do for a server that has them switched on (aof.c,
 * loadAppendOnlyFiles); else the dump. The server says PONG only when everything is loaded.
 */
const script = `${scriptStart}
data=$1
server=$(first_of valkey-server redis-server) && client=$(first_of valkey-cli redis-cli) ||
  no_tools 'The image has no Redis or Valkey server and client.'
check_rdb=$(first_of valkey-check-rdb redis-check-rdb)
check_aof=$(first_of valkey-check-aof redis-check-aof)
dump=
for rdb in "$data"/*.rdb; do
  [ -f "$rdb" ] || continue
  dump=$(basename "$rdb")
  [ -z "$check_rdb" ] || "$check_rdb" "$rdb" >checked 2>&1 || damaged "The dump $dump is damaged:" checked
  [ -z "$check_rdb" ] || echo "the dump $dump"
done
set -- --appendonly no --dbfilename "\${dump:-dump.rdb}"
for manifest in "$data"/*/*.manifest; do
  [ -f "$manifest" ] || continue
  name=$(basename "$manifest" .manifest)
  set -- --appendonly yes --appenddirname "$(basename "$(dirname "$manifest")")" --appendfilename "$name"
done
for manifest in "$data/appendonly.aof"; do
  [ -f "$manifest" ] || continue
  name=appendonly.aof
  set -- --appendonly yes --appendfilename "$name"
done
if [ -n "\${name-}" ] && [ -n "$check_aof" ]; then
  for manifest in "$data/$name" "$data"/*/"$name.manifest"; do
    [ ! -f "$manifest" ] || "$check_aof" "$manifest" >checked 2>&1 </dev/null || tail=$(tail -n 3 checked)
  done
  [ -n "\${tail-}" ] || echo 'the append-only files'
fi
"$server" --port 0 --unixsocket "$tmp/socket" --dir "$data" --save '' --daemonize no --logfile '' \\
  --auto-aof-rewrite-percentage 0 "$@" >log 2>&1 &
server=$!
pong() { [ "$("$client" -s "$tmp/socket" ping 2>&1)" = PONG ]; }
wait_for "$server" pong || damaged 'The server does not load its data:' log
keys=$("$client" -s "$tmp/socket" info keyspace | sed -n 's/^db[0-9]*:keys=\\([0-9]*\\).*/\\1/p' | awk '{ s += $1 } END { print s + 0 }')
echo "load of $keys keys"
# An end that was cut off by a crash is left out when the server loads; it says so in its log.
[ -z "\${tail-}" ] || grep -i 'truncated' log | head -n 1
"$client" -s "$tmp/socket" shutdown nosave >/dev/null 2>&1
wait "$server" || damaged 'The server does not end well:' log
`

export const redisCheck: DatabaseCheck = { title: 'Redis', script }
export const valkeyCheck: DatabaseCheck = { title: 'Valkey', script }
