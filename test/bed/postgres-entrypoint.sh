#!/bin/bash
# The entrypoint of the stand-in Postgres images. It does what the documentation of the official image
# promises, so that a volume made here looks like one made there; it is not the official script.
set -Eeuo pipefail

die() {
  printf 'Error: ' >&2
  printf '%s\n' "$@" >&2
  exit 1
}

# NAME [DEFAULT]: sets NAME from itself, from the file that NAME_FILE names, or to the default.
from_environment_or_file() {
  local name=$1 file_name=$1_FILE value=${2:-}
  if [ -n "${!name:-}" ] && [ -n "${!file_name:-}" ]; then
    die "$name and $file_name are both set; only one may be"
  fi
  if [ -n "${!name:-}" ]; then
    value=${!name}
  elif [ -n "${!file_name:-}" ]; then
    value=$(<"${!file_name}")
  fi
  export "$name=$value"
  unset "$file_name"
}

is_server_command() { [ "${1:-}" = postgres ]; }

wants_help_only() {
  local argument
  for argument; do
    case $argument in
      -'?' | --help | --describe-config | -V | --version) return 0 ;;
    esac
  done
  return 1
}

has_cluster() { [ -s "$PGDATA/PG_VERSION" ]; }

make_folders() {
  local uid folders=("$PGDATA")
  uid=$(id -u)
  mkdir -p "$PGDATA"
  chmod 0700 "$PGDATA" || :
  mkdir -p /var/run/postgresql || :
  chmod 3775 /var/run/postgresql || :
  if [ -n "${POSTGRES_INITDB_WALDIR:-}" ]; then
    mkdir -p "$POSTGRES_INITDB_WALDIR"
    chmod 0700 "$POSTGRES_INITDB_WALDIR"
    folders+=("$POSTGRES_INITDB_WALDIR")
  fi
  [ "$uid" != 0 ] || find "${folders[@]}" /var/run/postgresql \! -user postgres -exec chown postgres {} +
}

# From 18 on the volume is the folder above PGDATA. Data where it used to be would silently be left behind.
refuse_old_layout() {
  [ "$PG_MAJOR" -ge 18 ] && [ "$PGDATA" = "/var/lib/postgresql/$PG_MAJOR/docker" ] || return 0
  local found=() folder
  for folder in /var/lib/postgresql /var/lib/postgresql/data /var/lib/postgresql/*/docker; do
    [ ! -s "$folder/PG_VERSION" ] || found+=("$folder")
  done
  if [ ${#found[@]} -eq 0 ] && mountpoint -q /var/lib/postgresql/data; then
    found=('/var/lib/postgresql/data (unused mount/volume)')
  fi
  [ ${#found[@]} -gt 0 ] || return 0
  die 'in 18+, these Docker images are configured to keep the data of each major version in a folder of its own' \
    'below a mount at /var/lib/postgresql. Old data, or a mount for it, was found in:' "${found[@]/#/  }"
}

require_password() {
  [ -z "${POSTGRES_PASSWORD:-}" ] || return 0
  [ "${POSTGRES_HOST_AUTH_METHOD:-}" != trust ] || return 0
  die 'Database is uninitialized and superuser password is not specified.' \
    '  Set POSTGRES_PASSWORD to a value that is not empty, or POSTGRES_HOST_AUTH_METHOD=trust to let anyone in.'
}

# initdb looks its own user up by name; an arbitrary uid (docker run --user) has none.
name_this_user() {
  local uid gid library
  uid=$(id -u)
  gid=$(id -g)
  ! getent passwd "$uid" >/dev/null || return 0
  for library in /usr/lib/*/libnss_wrapper.so /usr/lib/libnss_wrapper.so; do
    [ -s "$library" ] || continue
    NSS_WRAPPER_PASSWD=$(mktemp)
    NSS_WRAPPER_GROUP=$(mktemp)
    export NSS_WRAPPER_PASSWD NSS_WRAPPER_GROUP LD_PRELOAD=$library
    echo "postgres:x:$uid:$gid:PostgreSQL:$PGDATA:/bin/false" >"$NSS_WRAPPER_PASSWD"
    echo "postgres:x:$gid:" >"$NSS_WRAPPER_GROUP"
    return
  done
}

forget_user_name() {
  [ -n "${NSS_WRAPPER_PASSWD:-}" ] || return 0
  rm -f "$NSS_WRAPPER_PASSWD" "$NSS_WRAPPER_GROUP"
  unset LD_PRELOAD NSS_WRAPPER_PASSWD NSS_WRAPPER_GROUP
}

create_cluster() {
  local options=()
  name_this_user
  [ -z "${POSTGRES_INITDB_WALDIR:-}" ] || options+=(--waldir "$POSTGRES_INITDB_WALDIR")
  # POSTGRES_INITDB_ARGS is written as on a command line, quotes included.
  eval "options+=(${POSTGRES_INITDB_ARGS:-})"
  initdb --username="$POSTGRES_USER" --pwfile=<(printf '%s\n' "$POSTGRES_PASSWORD") "${options[@]}"
  forget_user_name
}

allow_hosts() {
  shift
  local method=${POSTGRES_HOST_AUTH_METHOD:-}
  [ -n "$method" ] || method=$(postgres -C password_encryption "$@")
  printf '\nhost all all all %s\n' "$method" >>"$PGDATA/pg_hba.conf"
}

start_for_initialisation() {
  shift
  # Not reachable from elsewhere until it is complete.
  set -- "$@" -c listen_addresses='' -p "${PGPORT:-5432}"
  NOTIFY_SOCKET='' PGUSER="${PGUSER:-$POSTGRES_USER}" \
    pg_ctl -D "$PGDATA" -o "$(printf '%q ' "$@")" -w start
}

stop_after_initialisation() { PGUSER="${PGUSER:-postgres}" pg_ctl -D "$PGDATA" -m fast -w stop; }

run_sql() {
  PGHOST='' PGHOSTADDR='' psql -v ON_ERROR_STOP=1 --no-psqlrc --no-password \
    --username "$POSTGRES_USER" --dbname "${POSTGRES_DB}" "$@"
}

create_database() {
  local exists
  exists=$(POSTGRES_DB='postgres' run_sql --tuples-only --set db="$POSTGRES_DB" \
    <<<"SELECT 1 FROM pg_database WHERE datname = :'db'")
  [ -z "$exists" ] || return 0
  POSTGRES_DB='postgres' run_sql --set db="$POSTGRES_DB" <<<'CREATE DATABASE :"db"'
}

run_initialisation_scripts() {
  local script
  for script in /docker-entrypoint-initdb.d/*; do
    case $script in
      *.sh)
        if [ -x "$script" ]; then
          "$script"
        else
          # shellcheck disable=SC1090
          . "$script"
        fi
        ;;
      *.sql) run_sql -f "$script" ;;
      *.sql.gz) gunzip -c "$script" | run_sql ;;
      *.sql.xz) xz -dc "$script" | run_sql ;;
      *.sql.zst) zstd -dc "$script" | run_sql ;;
    esac
  done
}

# All of these are given the server's command line: "postgres" and its options.
initialise() {
  refuse_old_layout
  require_password
  ls /docker-entrypoint-initdb.d/ >/dev/null
  create_cluster
  allow_hosts "$@"
  export PGPASSWORD="${PGPASSWORD:-$POSTGRES_PASSWORD}"
  start_for_initialisation "$@"
  create_database
  run_initialisation_scripts
  stop_after_initialisation
  unset PGPASSWORD
  printf '\nPostgreSQL init process complete; ready for start up.\n\n'
}

read_settings() {
  from_environment_or_file POSTGRES_PASSWORD
  from_environment_or_file POSTGRES_USER postgres
  from_environment_or_file POSTGRES_DB "$POSTGRES_USER"
  from_environment_or_file POSTGRES_INITDB_ARGS
  : "${POSTGRES_HOST_AUTH_METHOD:=}"
}

main() {
  local ensure_only=''
  [ "$(basename "$0")" != docker-ensure-initdb.sh ] || ensure_only=yes
  case ${1:-} in -*) set -- postgres "$@" ;; esac
  [ -z "$ensure_only" ] || [ $# -gt 0 ] || set -- postgres

  if is_server_command "$@" && ! wants_help_only "$@"; then
    read_settings
    make_folders
    if [ "$(id -u)" = 0 ]; then
      # Postgres refuses to run as root; the rest of this happens as its own user.
      exec gosu postgres "$0" "$@"
    fi
    if has_cluster; then
      printf '\nPostgreSQL Database directory appears to contain a database; Skipping initialization\n\n'
    else
      initialise "$@"
    fi
  fi
  [ -z "$ensure_only" ] || exit 0
  exec "$@"
}

main "$@"
