/** How the programs of a container are told to reach its server, and to ask nothing. */
export const connection = `
set_by_user=\${PGPASSWORD:-}
unset PGSERVICE PGHOSTADDR PGDATABASE PGOPTIONS PGUSER
export PGCONNECT_TIMEOUT=10
# $1: the variable that holds a password, or whose file does; empty for none. The value never leaves the container.
use_password() {
  unset PGPASSWORD
  [ -n "$1" ] || return 0
  eval "PGPASSWORD=\\\${$1:-}; from=\\\${$1_FILE:-}"
  [ -n "$PGPASSWORD" ] || [ ! -r "$from" ] || PGPASSWORD=$(cat "$from")
  [ -n "$PGPASSWORD" ] && export PGPASSWORD
}
`

/** Variables with the install user's password: what libpq would take, the official images', Bitnami's. */
export const passwordVariables = [
  'set_by_user',
  'POSTGRES_PASSWORD',
  'POSTGRESQL_POSTGRES_PASSWORD',
  'POSTGRESQL_PASSWORD',
]

const settings = [
  'server_version_num',
  'data_directory',
  'wal_level',
  'max_wal_senders',
  'max_replication_slots',
  'wal_segment_size',
]

/** One `name=value` a line. The install user has OID 10, whatever its name (initdb, BOOTSTRAP_SUPERUSERID). */
const question = `
select name||'='||setting from pg_catalog.pg_settings where name in (${settings.map((name) => `'${name}'`).join(', ')})
union all select 'recovery='||pg_catalog.pg_is_in_recovery()::text
union all select 'system_identifier='||system_identifier::text from pg_catalog.pg_control_system()
union all select 'tablespaces='||count(*)::text from pg_catalog.pg_tablespace where oid not in (1663, 1664)
union all select 'slots='||count(*)::text from pg_catalog.pg_replication_slots
union all select 'bytes='||sum(pg_catalog.pg_database_size(oid))::text from pg_catalog.pg_database`

/**
 * Finds out, inside a container and as the owner of the data directory (`$1`), which server works on it and whether it
 * would give a base backup. Prints `name=value` lines; what it could not find out is missing. Changes nothing. Which
 * user the cluster was made with is asked of the server; candidates are tried for the asking only.
 */
export const probeScript = `${connection}
exec </dev/null
say() { printf '%s=%s\\n' "$1" "$2"; }
one_line() { tr '\\n' ' ' | cut -c 1-500; }
[ -r "$1/postmaster.pid" ] || { say problem 'has no postmaster.pid that its owner can read'; exit 0; }
{ read -r pid; read -r data; read -r _; read -r port; read -r socket; read -r address; read -r _; read -r status; } \\
  <"$1/postmaster.pid"
say status "$status"
[ "$data" -ef "$1" ] || { say problem "is not where the server has it ($data)"; exit 0; }
kill -0 "$pid" 2>/dev/null || { say problem 'belongs to a server that does not run here'; exit 0; }
host=$socket
[ -n "$host" ] || host=127.0.0.1
say host "$host"; say port "$port"
link=$(find "$1" -type l ! -path "$1/pg_tblspc/*" ! -path "$1/pg_wal" 2>/dev/null | head -n 1)
[ -z "$link" ] || say link "\${link#"$1"/}"
read -r program _ <"$1/postmaster.opts"
folder=\${program%/*}
[ -x "$folder/pg_basebackup" ] || folder=$(command -v pg_basebackup) && folder=\${folder%/pg_basebackup}
for needed in pg_basebackup psql; do
  [ -x "$folder/$needed" ] || { say problem "comes without the program $needed"; exit 0; }
done
say folder "$folder"
say client "$("$folder/pg_basebackup" --version)"
# $1: role; $2: database
ask() {
  PGOPTIONS='-c statement_timeout=10s -c client_min_messages=error' \\
    "$folder/psql" -XAtq --no-password -h "$host" -p "$port" -U "$1" -d "$2" -c "$3" 2>&1
}
ask_nearby() { # $1: database; $2: question
  "$folder/psql" -XAtq --no-password -h 127.0.0.1 -p "$port" -U "$role" -d "$1" -c "$2" 2>/dev/null
}
given=\${POSTGRES_USER:-}
[ -n "$given" ] || [ ! -r "\${POSTGRES_USER_FILE:-}" ] || given=$(cat "$POSTGRES_USER_FILE")
self=$(id -un 2>/dev/null)
for variable in '' ${passwordVariables.join(' ')}; do
  use_password "$variable" || continue
  for candidate in "$given" postgres "\${POSTGRESQL_USERNAME:-}" "$self"; do
    [ -n "$candidate" ] || continue
    for database in postgres template1; do
      role=$(ask "$candidate" "$database" 'select rolname from pg_catalog.pg_roles where oid = 10') || { said=$role; continue; }
      answer=$(ask "$role" "$database" "${question.replaceAll('\n', ' ')}") || { said=$answer; continue; }
      say role "$role"; say password "$variable"
      printf '%s\\n' "$answer"
      if trial=$("$folder/psql" -XAtq --no-password -h "$host" -p "$port" -U "$role" -d replication=true \\
        -c IDENTIFY_SYSTEM 2>&1); then
        say replication yes
        # Whether somebody in the same network is let in, too, without a password. What answers there may be another.
        [ -n "$variable" ] || say nearby "$(ask_nearby replication=true IDENTIFY_SYSTEM | cut -d '|' -f 1)"
        [ -n "$variable" ] || say nearby_identifier "$(ask_nearby template1 'select system_identifier from pg_catalog.pg_control_system()')"
      else say refused "$(printf %s "$trial" | one_line)"; fi
      exit 0
    done
  done
done
say refused "$(printf %s "\${said:-}" | one_line)"
`
