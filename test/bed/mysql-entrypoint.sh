#!/bin/bash
# The entrypoint of the stand-in MariaDB and MySQL images. It does what the documentation of the official
# images promises, so that a volume made here looks like one made there; it is not an official script.
set -Eeuo pipefail

if command -v mariadbd >/dev/null; then
  family=MARIADB server=mariadbd client=mariadb timezones=mariadb-tzinfo-to-sql
else
  family=MYSQL server=mysqld client=mysql timezones=mysql_tzinfo_to_sql
fi

note() { printf '%s [Note] [Entrypoint]: %s\n' "$(date --rfc-3339=seconds)" "$*"; }

die() {
  printf '%s [ERROR] [Entrypoint]: ' "$(date --rfc-3339=seconds)" >&2
  printf '%s\n' "$@" >&2
  exit 1
}

# NAME: prints the value of NAME, or what the file holds that NAME_FILE names; fails where neither is set.
from_environment_or_file() {
  local name=$1 file_name=$1_FILE
  if [ -n "${!name:-}" ] && [ -n "${!file_name:-}" ]; then
    die "$name and $file_name are both set; only one may be"
  fi
  if [ -n "${!name:-}" ]; then
    printf '%s' "${!name}"
  elif [ -n "${!file_name:-}" ]; then
    cat "${!file_name}"
  else
    return 1
  fi
}

# NAME [DEFAULT]: prints a setting. MariaDB's image takes each under MySQL's name too.
setting() {
  from_environment_or_file "${family}_$1" && return
  [ $family = MYSQL ] || ! from_environment_or_file "MYSQL_$1" || return 0
  printf '%s' "${2:-}"
}

# The two images have different names for this one.
allow_empty_password() {
  local value=${MYSQL_ALLOW_EMPTY_PASSWORD:-}
  [ $family = MYSQL ] || value=${MARIADB_ALLOW_EMPTY_ROOT_PASSWORD:-$value}
  [ -n "$value" ]
}

is_server_command() { [ "${1:-}" = $server ] || [ "${1:-}" = mysqld ]; }

wants_help_only() {
  local argument
  for argument; do
    case $argument in
      -'?' | --help | --print-defaults | -V | --version) return 0 ;;
    esac
  done
  return 1
}

# NAME and the server's command line: what the server would use, from its defaults, files and options.
value_of() {
  local name=$1
  shift
  # A table of all values ends the help.
  "$@" --verbose --help 2>/dev/null | awk -v name="$name" '/^-----/ { table = 1 } table && $1 == name { print $2 }'
}

read_settings() {
  datadir=$(value_of datadir "$@")
  socket=$(value_of socket "$@")
  [ -n "$datadir" ] || die "$server does not start with: $*" "$("$@" --verbose --help 2>&1 >/dev/null)"
  root_password=$(setting ROOT_PASSWORD)
  root_host=$(setting ROOT_HOST %)
  database=$(setting DATABASE)
  user=$(setting USER)
  password=$(setting PASSWORD)
}

make_folders() {
  mkdir -p "$datadir" "${socket%/*}"
  [ "$(id -u)" != 0 ] || find "$datadir" "${socket%/*}" \! -user mysql -exec chown mysql: {} +
}

require_password() {
  [ -z "$root_password" ] && [ -z "$(setting RANDOM_ROOT_PASSWORD)" ] || return 0
  ! allow_empty_password || return 0
  die 'Database is uninitialized and password option is not specified' \
    "  Set ${family}_ROOT_PASSWORD, ${family}_RANDOM_ROOT_PASSWORD, or the option to allow an empty one."
}

create_files() {
  note 'Initializing database files'
  if [ $family = MARIADB ]; then
    shift
    mariadb-install-db --datadir="$datadir" --auth-root-authentication-method=normal --skip-test-db \
      --cross-bootstrap --skip-log-bin "$@" >/dev/null
  else
    "$@" --initialize-insecure
  fi
}

# Not reachable from elsewhere until it is complete.
start_for_initialisation() {
  local tries
  "$@" --skip-networking --socket="$socket" &
  temporary=$!
  for ((tries = 0; tries < 300; tries++)); do
    kill -0 $temporary 2>/dev/null || die "$server ended while it was being prepared"
    ! MYSQL_PWD='' run_sql mysql <<<'SELECT 1' >/dev/null 2>&1 || return 0
    sleep 0.2
  done
  die "$server does not answer"
}

stop_after_initialisation() {
  kill $temporary
  wait $temporary
}

# DATABASE [OPTION]...: runs what comes on stdin as root.
run_sql() {
  local name=$1
  shift
  MYSQL_PWD=${MYSQL_PWD-$root_password} $client --protocol=socket --socket="$socket" --user=root \
    ${name:+--database="$name"} "$@"
}

quoted() {
  local text=${1//\\/\\\\}
  printf "'%s'" "${text//\'/\\\'}"
}

# With which the official MariaDB image looks whether its server is well.
healthcheck_user() {
  local secret
  secret=$(head -c 24 /dev/urandom | base64 | tr -d '+/=')
  (umask 0077 && printf '[mariadb-client]\nport=3306\nsocket=%s\nuser=healthcheck\npassword=%s\n\n' \
    "$socket" "$secret" >"$datadir/.my-healthcheck.cnf")
  printf 'CREATE USER healthcheck@localhost IDENTIFIED BY %s;\n' "$(quoted "$secret")"
}

create_users() {
  if [ -n "$(setting RANDOM_ROOT_PASSWORD)" ]; then
    root_password=$(head -c 24 /dev/urandom | base64)
    note "GENERATED ROOT PASSWORD: $root_password"
  fi
  {
    if [ -n "$root_host" ] && [ "$root_host" != localhost ]; then
      printf 'CREATE USER root@%s IDENTIFIED BY %s;\n' "$(quoted "$root_host")" "$(quoted "$root_password")"
      printf 'GRANT ALL ON *.* TO root@%s WITH GRANT OPTION;\n' "$(quoted "$root_host")"
    fi
    if [ $family = MARIADB ]; then
      printf "DROP USER IF EXISTS root@'127.0.0.1', root@'::1';\n"
      healthcheck_user
    fi
    if [ -n "$database" ]; then printf 'CREATE DATABASE IF NOT EXISTS `%s`;\n' "$database"; fi
    if [ -n "$user" ] && [ -n "$password" ]; then
      printf "CREATE USER %s@'%%' IDENTIFIED BY %s;\n" "$(quoted "$user")" "$(quoted "$password")"
      if [ -n "$database" ]; then
        printf "GRANT ALL ON \`%s\`.* TO %s@'%%';\n" "${database//_/\\_}" "$(quoted "$user")"
      fi
    fi
    printf 'ALTER USER root@localhost IDENTIFIED BY %s;\n' "$(quoted "$root_password")"
  } | MYSQL_PWD='' run_sql mysql --binary-mode
}

load_timezones() {
  [ -z "$(setting INITDB_SKIP_TZINFO)" ] || return 0
  $timezones /usr/share/zoneinfo 2>/dev/null | MYSQL_PWD='' run_sql mysql
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
      *.sql) run_sql "$database" <"$script" ;;
      *.sql.gz) gunzip -c "$script" | run_sql "$database" ;;
      *.sql.xz) xz -dc "$script" | run_sql "$database" ;;
      *.sql.zst) zstd -dc "$script" | run_sql "$database" ;;
    esac
  done
}

# Given the server's command line.
initialise() {
  require_password
  ls /docker-entrypoint-initdb.d/ >/dev/null
  create_files "$@"
  start_for_initialisation "$@"
  load_timezones
  create_users
  run_initialisation_scripts
  stop_after_initialisation
  note "$server init process done. Ready for start up."
}

main() {
  case ${1:-} in -*) set -- $server "$@" ;; esac
  if is_server_command "$@" && ! wants_help_only "$@"; then
    read_settings "$@"
    make_folders
    if [ "$(id -u)" = 0 ]; then
      # The server refuses to run as root; the rest of this happens as its own user.
      exec gosu mysql "$0" "$@"
    fi
    [ -d "$datadir/mysql" ] || initialise "$@"
  fi
  exec "$@"
}

main "$@"
