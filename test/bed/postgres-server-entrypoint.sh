#!/bin/bash
# The entrypoint of the stand-in Postgres images that have a server and no programs that talk to one. It does what that
# of the others does, without psql: what it creates, it creates before the server runs.
. /usr/local/lib/postgres-entrypoint.sh

start_for_initialisation() { :; }
stop_after_initialisation() { :; }

create_database() {
  [ "$POSTGRES_DB" != postgres ] || return 0
  printf 'CREATE DATABASE "%s"\n' "$POSTGRES_DB" | postgres --single -D "$PGDATA" postgres >/dev/null
}

run_sql() { die 'this image has no psql to run SQL scripts with'; }

main "$@"
