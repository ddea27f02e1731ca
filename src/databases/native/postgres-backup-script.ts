import { connection } from './postgres-probe-script.ts'

/** What the script says last on standard error, with pg_basebackup's exit code. */
export const endMark = 'docker-vol: pg_basebackup ended with '

/**
 * Prints a base backup as one tar. Arguments: the programs' folder, host, port, role, the variable of its password,
 * the name of a replication slot, and whether standard input is a leash (`leash`, or empty).
 *
 * A session beside the backup holds a temporary slot, so that checkpoints leave the WAL alone that is to be fetched at
 * the end; without one a busy server has often removed it by then. The slot goes with the session, however that ends.
 * The left half of the pipeline is that session's input. Where standard input is a leash: when it ends, so does the
 * backup. Every program is waited for by who started it; an orphan would become the server's own child.
 */
export const backupScript = `${connection}
exec 3<&0 </dev/null 4>&1
folder=$1 host=$2 port=$3 role=$4 slot=$6 leash=$7
use_password "$5" || exit 1
quiet='-c client_min_messages=error'
ask() {
  PGOPTIONS="$quiet -c statement_timeout=10s" "$folder/psql" -XAtq --no-password \\
    -h "$host" -p "$port" -U "$role" -d template1 -c "$1"
}
back_up() {
  # the session idles; the setting is not there before 14
  echo "select set_config(name, '0', false) is null from pg_catalog.pg_settings where name = 'idle_session_timeout';"
  printf "select pg_catalog.pg_create_physical_replication_slot('%s', true, true) is null;\\n" "$slot"
  tries=0
  until [ "$(ask "select count(*) from pg_catalog.pg_replication_slots where slot_name = '$slot' and restart_lsn is not null")" = 1 ]; do
    echo # ends this when nobody listens any more: the session has failed, and said why
    tries=$((tries + 1))
    [ "$tries" -lt 100 ] || { echo 'the server makes no replication slot' >&2; return; }
    sleep 0.1 2>/dev/null || sleep 1
  done
  PGOPTIONS='-c lc_messages=C' "$folder/pg_basebackup" --pgdata=- --format=tar --wal-method=fetch --checkpoint=fast \\
    --label="docker vol" --no-password -h "$host" -p "$port" -U "$role" >&4 &
  backup=$!
  watch=
  [ -z "$leash" ] || { (exec 4>&-; read -r _ <&3; kill -TERM "$backup") >/dev/null 2>&1 & watch=$!; }
  wait "$backup"
  code=$?
  [ -z "$watch" ] || { kill "$watch"; wait "$watch"; } 2>/dev/null
  # 13 and 14 do not pad their manifest, the last file, which takes that from the end mark
  [ "$code" != 0 ] || head -c 512 /dev/zero >&4
  echo "${endMark}$code" >&2
}
back_up | PGOPTIONS=$quiet \\
  "$folder/psql" -XAtq -v ON_ERROR_STOP=1 --no-password -h "$host" -p "$port" -U "$role" -d template1 >/dev/null 4>&-
`
