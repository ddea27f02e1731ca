import { scriptStart, type DatabaseCheck } from './check.ts'

/*
 * Recovery and a role to connect with come from the single-user mode, which needs neither (src/backend/tcop/postgres.c,
 * PostgresSingleUserMain). The server then listens on a socket in memory only, and lets that role in by a pg_hba.conf of
 * ours; nothing is archived, replicated or logged elsewhere. Its own postgresql.conf counts unless that cannot be used
 * here: files that it names may lie outside of the volume. max_prepared_transactions must not be less than it was
 * (twophase.c), and was perhaps set on the command line, so it is taken from the control file.
 *
 * pg_amcheck (14 and later) compares every B-tree with its table and looks through every page of tables; a dump reads
 * each row as a client would. For 13 and older amcheck's function for B-trees is called directly.
 */
const script = `${scriptStart}
data=$1
role=docker_vol_check
server=$(first_of postgres || ls /usr/lib/postgresql/*/bin/postgres /opt/bitnami/postgresql/bin/postgres 2>/dev/null |
  sort | tail -n 1)
bin=$(dirname "$(readlink -f "$server")")
[ -x "$bin/postgres" ] && [ -x "$bin/pg_dumpall" ] || no_tools 'The image has no Postgres server.'
# A standby would wait for its primary for ever.
rm -f "$data/standby.signal" "$data/recovery.signal" "$data/recovery.conf" "$data/postmaster.pid"
echo 'local all all trust' >hba
: >ident
: >empty.conf
config=$data/postgresql.conf
[ -f "$config" ] || config=$tmp/empty.conf
prepared=$("$bin/pg_controldata" -D "$data" 2>/dev/null | sed -n 's/^max_prepared_xacts setting: *//p')
run() { # only where it may take the place of the shell
  exec "$bin/postgres" "$@" -D "$data" -c config_file="$config" -c data_directory="$data" -c hba_file="$tmp/hba" \\
    -c ident_file="$tmp/ident" -c external_pid_file= -c listen_addresses= -c unix_socket_directories="$tmp" \\
    -c port=5432 -c ssl=off -c archive_mode=off -c logging_collector=off -c log_destination=stderr -c autovacuum=off \\
    -c fsync=off -c full_page_writes=off -c huge_pages=off -c shared_buffers=64MB -c primary_conninfo= \\
    -c max_prepared_transactions="\${prepared:-0}" -c max_parallel_workers_per_gather=0 \\
    -c max_parallel_maintenance_workers=0 -c default_transaction_read_only=off $last
}
recover() { last=template1; echo "CREATE ROLE $role SUPERUSER LOGIN" | run --single >single 2>&1; }
recover || {
  # Only what is wrong with the settings is worth another try.
  if [ "$config" != "$tmp/empty.conf" ] &&
    grep -Eq 'could not (access|load|open) (file|library|configuration|server)|configuration file|unrecognized configuration|invalid value for parameter' single; then
    config=$tmp/empty.conf
    echo 'without its own postgresql.conf, which cannot be used here'
    recover || damaged 'Postgres does not start:' single
  else damaged 'Postgres does not start:' single; fi
}
last=
run >log 2>&1 &
server=$!
export PGHOST="$tmp" PGPORT=5432 PGUSER="$role" PGCONNECT_TIMEOUT=10 PGOPTIONS='-c statement_timeout=0 -c lock_timeout=0'
wait_for "$server" "$bin/psql" -X -w -d template1 -c 'SELECT 1' || damaged 'Postgres does not start:' log single
echo "recovery and start of $("$bin/postgres" --version)"
ask() { "$bin/psql" -X -w -A -t -v ON_ERROR_STOP=1 "$@"; }
# Transactions that were prepared and never decided keep their locks, for which amcheck would wait for ever.
ask -d template1 -c 'SELECT DISTINCT database FROM pg_prepared_xacts' >undecided 2>/dev/null
while IFS= read -r database; do
  PGDATABASE=$database ask >rollback 2>&1 <<'SQL' || damaged 'A prepared transaction cannot be rolled back:' rollback log
SELECT format('ROLLBACK PREPARED %L', gid) FROM pg_prepared_xacts WHERE database = current_database() \\gexec
SQL
done <undecided
if [ "$(ask -d template1 -c "SELECT count(*) FROM pg_available_extensions WHERE name = 'amcheck'")" = 0 ]; then
  echo 'not amcheck, which is not in the image'
elif [ -x "$bin/pg_amcheck" ]; then
  unique=
  ! "$bin/pg_amcheck" --help | grep -q checkunique || unique=--checkunique
  "$bin/pg_amcheck" -w --all --install-missing --heapallindexed --parent-check $unique >amcheck 2>&1 ||
    damaged 'pg_amcheck found damage:' amcheck
  echo 'pg_amcheck of all tables and B-trees'
else
  ask -d template1 -c 'SELECT datname FROM pg_database WHERE datallowconn' >databases 2>amcheck ||
    damaged 'Postgres cannot list its databases:' amcheck log
  while IFS= read -r database; do
    PGDATABASE=$database ask >amcheck 2>&1 <<'SQL' || damaged "amcheck found damage in $database:" amcheck
CREATE EXTENSION IF NOT EXISTS amcheck;
SELECT bt_index_parent_check(c.oid, true) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
  JOIN pg_am a ON a.oid = c.relam
  WHERE a.amname = 'btree' AND c.relpersistence = 'p' AND i.indisready AND i.indisvalid;
SQL
  done <databases
  echo 'amcheck of all B-trees'
fi
"$bin/pg_dumpall" -w 2>dump >/dev/null || damaged 'pg_dumpall failed:' dump log
echo 'pg_dumpall'
kill -INT "$server"
wait "$server" || damaged 'Postgres does not end well:' log
`

export const postgresCheck: DatabaseCheck = { title: 'Postgres', script }
