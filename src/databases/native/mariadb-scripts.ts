import { faithful } from '../../volumes/archive-script.ts'

/** Finds the programs, a way in and a password, which never leaves the container: `$variable` names where it is. */
const connect = `
exec 3<&0 </dev/null
find_program() { for program; do command -v "$program" && return; done; return 1; }
use_password() {
  unset MYSQL_PWD
  [ -n "$1" ] || return 0
  eval "MYSQL_PWD=\\\${$1:-}; from=\\\${$1_FILE:-}"
  [ -n "$MYSQL_PWD" ] || [ ! -r "$from" ] || MYSQL_PWD=$(cat "$from")
  [ -n "$MYSQL_PWD" ] && export MYSQL_PWD
}
`

const settings = [
  'version',
  'datadir',
  'log_bin',
  'innodb_data_home_dir',
  'innodb_undo_directory',
  'innodb_log_group_home_dir',
  'innodb_data_file_path',
  'aria_log_dir_path',
]

const question = [
  ...settings.map((name) => `select concat('${name}=', coalesce(@@${name}, ''))`),
  `select concat('encryption=', count(*)) from information_schema.plugins
     where plugin_type = 'ENCRYPTION' and plugin_status = 'ACTIVE'`,
  `select concat('bytes=', coalesce(sum(data_length + index_length), 0)) from information_schema.tables`,
].join('; ')

/**
 * Finds out, inside a container, which MariaDB works on the directory `$1` and whether it would let itself be backed
 * up. Prints `name=value` lines. Changes nothing.
 */
export const probeScript = `${connect}
say() { printf '%s=%s\\n' "$1" "$2"; }
client=$(find_program mariadb mysql) || { say problem 'comes without a client'; exit 0; }
backup=$(find_program mariadb-backup mariabackup) || { say problem 'comes without mariadb-backup'; exit 0; }
unpack=$(find_program mbstream) || { say problem 'comes without mbstream'; exit 0; }
tar --version 2>/dev/null | grep -q 'GNU tar' && find --version 2>/dev/null | grep -q 'GNU findutils' ||
  { say problem 'comes without GNU tar and find'; exit 0; }
say backup "$backup"
say tool "$("$backup" --version 2>&1 | head -n 1)"
for variable in MARIADB_ROOT_PASSWORD MYSQL_ROOT_PASSWORD ''; do
  use_password "$variable" || continue
  for socket in /run/mysqld/mysqld.sock /var/lib/mysql/mysql.sock /tmp/mysql.sock "$1/mysql.sock" \\
    /opt/bitnami/mariadb/tmp/mysql.sock; do
    [ -S "$socket" ] || continue
    sql() { "$client" --no-defaults --batch --skip-column-names --connect-timeout=10 --user=root --socket="$socket" -e "$1" 2>&1; }
    answer=$(sql "${question.replaceAll('\n', ' ')}") || { said=$answer; continue; }
    data=$(printf '%s\\n' "$answer" | sed -n 's/^datadir=//p')
    [ "$data" -ef "$1" ] || { say problem "has its data elsewhere ($data)"; exit 0; }
    say socket "$socket"; say password "$variable"
    printf '%s\\n' "$answer"
    said=$(sql 'show grants')
    case $said in *'ALL PRIVILEGES ON *.*'* | *RELOAD*) say allowed yes ;; esac
    say refused "$(printf %.300s "$said" | tr '\\n' ' ')"
    exit 0
  done
done
say refused "$(printf %.300s "\${said:-no socket of it is known}" | tr '\\n' ' ')"
`

/** What the script says last on standard error, with the exit code. */
export const endMark = 'docker-vol: mariadb-backup ended with '

/**
 * Prints a backup in mariadb-backup's own stream. Arguments: the program, the socket, the variable of the password,
 * the data directory. Standard input is the leash. mariadb-backup takes no notice of SIGTERM and would go on to its end;
 * whatever it holds in the server goes with its connection.
 */
export const backupScript = `${connect}
use_password "$3" || exit 1
"$1" --backup --stream=mbstream --user=root --socket="$2" --datadir="$4" --target-dir=/nonexistent &
backup=$!
(read -r _ <&3; kill -KILL "$backup") >/dev/null 2>&1 &
watch=$!
wait "$backup"
code=$?
{ kill "$watch"; wait "$watch"; } 2>/dev/null
echo "${endMark}$code" >&2
exit "$code"
`

/** Unpacks such a stream into the directory `$1`, which it makes. */
export const unpackScript = `mkdir -p "$1" && exec mbstream --extract --directory="$1"`

/** Brings an unpacked backup (`$1`) to the instant of its end. `$2`: the program. */
export const prepareScript = `exec "$2" --prepare --target-dir="$1" --tmpdir="$1"`

/** Files in the data directory that the server or its image minds, and that a backup leaves out. */
const left = ['mariadb_upgrade_info', 'mysql_upgrade_info', '.my-healthcheck.cnf']

/**
 * Gives what was unpacked the owners, modes and directories that the volume has, and the small files that the backup
 * leaves out. `$1`: the volume; `$2`: the copy of it; `$3`: the data directory in both, or `.`.
 */
export const dressScript = `
set -e
cd "$2"
find "./$3" -xdev -type f -exec chown --reference="$1/$3/ibdata1" -- {} + -exec chmod --reference="$1/$3/ibdata1" -- {} +
for name in ${left.join(' ')}; do
  [ ! -f "$1/$3/$name" ] || cp --preserve=all -- "$1/$3/$name" "./$3/$name"
done
directories() {
  find . -xdev -type d -exec sh -c 'for one; do [ ! -d "$0/$one" ] || printf "%s\\0" "$one"; done' "$1" {} +
  [ "$2" != . ] || [ ! -d "$1/lost+found" ] || printf './lost+found\\0'
  [ "$2" = . ] || (cd "$1" && find . -xdev -path "./$2" -prune -o -type d -print0)
}
directories "$1" "$3" |
  tar --create --file=- --directory="$1" --format=posix ${faithful} --no-recursion --null \\
    --verbatim-files-from --files-from=- |
  tar --extract --file=- ${faithful} --same-owner --same-permissions
`
