/** Ways in which containers are told a password that redis-cli needs; the value never leaves the container. */
const connect = `
exec 3<&0 </dev/null
for cli in redis-cli valkey-cli; do command -v "$cli" >/dev/null && break; done
command -v "$cli" >/dev/null || { echo 'problem=comes without redis-cli and valkey-cli'; exit 0; }
unset given
for variable in REDISCLI_AUTH VALKEYCLI_AUTH REDIS_PASSWORD VALKEY_PASSWORD; do
  eval "value=\\\${$variable:-}; from=\\\${\${variable}_FILE:-}"
  [ -n "$value" ] || [ ! -r "$from" ] || value=$(cat "$from")
  [ -z "$value" ] || given=\${given:-$value}
done
[ -z "\${given:-}" ] || export REDISCLI_AUTH="$given" VALKEYCLI_AUTH="$given"
ask() { "$cli" --no-auth-warning "$@" 2>&1 | tr -d '\\r'; }
`

/**
 * Finds out, inside a container, which server works on the directory `$1` and how it keeps its data. Prints
 * `name=value` lines. Changes nothing.
 */
export const probeScript = `${connect}
said=$(ask ping)
[ "$said" = PONG ] || { printf 'problem=lets nobody in: %.200s\\n' "$said"; exit 0; }
for name in dir dbfilename appendonly; do
  value=$(ask config get "$name" | sed -n 2p)
  case $name in
  dir) [ "$value" -ef "$1" ] || { printf 'problem=is not where the server has it (%.200s)\\n' "$value"; exit 0; } ;;
  *) printf '%s=%s\\n' "$name" "$value" ;;
  esac
done
ask info | sed -n 's/^\\(redis_version\\|valkey_version\\|role\\|loading\\|aof_enabled\\|cluster_enabled\\|used_memory_dataset\\):/\\1=/p'
`

/**
 * Has the server save itself, and waits until it has: `saved` is printed when a save that began after this script did
 * has ended well. What went wrong is printed otherwise. It ends with its leash; the save itself goes on then.
 */
export const saveScript = `${connect}
info() { ask info persistence | sed -n "s/^$1://p"; }
(read -r _ <&3; kill -TERM $$) >/dev/null 2>&1 &
watch=$!
trap 'exit 1' TERM
nap() { sleep 0.2 2>/dev/null || sleep 1; }
while :; do
  begun=$(ask time | head -n 1)
  said=$(ask bgsave schedule)
  case $said in
  Background*) break ;;
  *'already in progress'*) nap ;; # the server's own: what was written since it began is not in it
  *) printf '%.500s\\n' "$said" >&2; { kill "$watch"; wait "$watch"; } 2>/dev/null; exit 1 ;;
  esac
done
idle=0
while :; do
  nap
  case $(info rdb_bgsave_in_progress) in
  0) ;;
  1) continue ;;
  *) echo 'the server does not answer any more' >&2; exit 1 ;;
  esac
  [ "$(info rdb_last_bgsave_status)" = ok ] || { echo 'the server could not save; its log says why' >&2; break; }
  last=$(info rdb_last_save_time)
  [ "$last" -lt "$begun" ] || { echo saved; break; }
  idle=$((idle + 1))
  [ "$idle" -lt 300 ] || { echo 'the server does not begin to save' >&2; break; }
done
{ kill "$watch"; wait "$watch"; } 2>/dev/null
exit 0
`

/**
 * Prints a tar of one file (`$2`) of a directory (`$1`): the one that was there when this began, although the server
 * may put another in its place meanwhile.
 */
export const fileScript = `
exec 5<"$1/$2" || exit 1
exec tar --create --file=- --format=posix --pax-option=delete=atime,delete=ctime --numeric-owner --dereference \\
  --transform="s,.*,$2," --directory=/proc/self/fd 5
`
