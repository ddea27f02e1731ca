import { scriptStart, type DatabaseCheck } from './check.ts'

/*
 * Without grant tables nobody needs a password and no event runs. The binary log stays on if there is one, or InnoDB
 * could not decide about transactions that were prepared in both (log.cc, TC_LOG::recover). mariadb-check ends with 0
 * even when tables are damaged, so its lines tell: `error : Corrupt`. Some damage makes InnoDB end the server.
 */
const script = `${scriptStart}
data=$1
export PATH="$PATH:/usr/sbin:/usr/local/sbin:/opt/bitnami/mariadb/sbin:/opt/bitnami/mariadb/bin:/opt/bitnami/mysql/bin"
server=$(first_of mariadbd mysqld) && admin=$(first_of mariadb-admin mysqladmin) &&
  check=$(first_of mariadb-check mysqlcheck) && dump=$(first_of mariadb-dump mysqldump) ||
  no_tools 'The image has no MariaDB or MySQL server and client.'
binary_log=
for index in "$data"/*.index; do
  case $index in *relay*) ;; *) [ ! -f "$index" ] || binary_log=--log-bin=$(basename "$index" .index) ;; esac
done
root=
[ "$(id -u)" != 0 ] || root=--user=root
"$server" --datadir="$data" --socket="$tmp/socket" --pid-file="$tmp/pid" --tmpdir="$tmp" --skip-networking \\
  --skip-grant-tables --skip-slave-start --performance-schema=OFF --innodb-buffer-pool-size=128M \\
  --log-error="$tmp/log" $binary_log $root >out 2>&1 &
server=$!
wait_for "$server" "$admin" --no-defaults --socket="$tmp/socket" ping || damaged 'The server does not start:' out log
echo 'recovery and start of the server'
"$check" --no-defaults --socket="$tmp/socket" --all-databases --check >checked 2>&1
code=$?
kill -0 "$server" 2>/dev/null || damaged 'The server died of CHECK TABLE:' checked log
grep -B 1 -E '^(error|status|Error) *:' checked >found && damaged 'CHECK TABLE found damage:' found
[ "$code" = 0 ] || damaged 'CHECK TABLE failed:' checked log
echo "CHECK TABLE of $(grep -c 'OK$' checked) tables"
"$dump" --no-defaults --socket="$tmp/socket" --all-databases --single-transaction --routines --force 2>dump >/dev/null
code=$?
kill -0 "$server" 2>/dev/null || damaged 'The server died of a full dump:' dump log
[ "$code" = 0 ] || damaged 'A full dump failed:' dump log
echo 'a full dump'
kill -TERM "$server"
wait "$server" || damaged 'The server does not end well:' log
`

export const mariadbCheck: DatabaseCheck = { title: 'MariaDB', script }
export const mysqlCheck: DatabaseCheck = { title: 'MySQL', script }
