/** What a migration trips over, made for real in a server of an old version. */

/** The finding that each is told by, the database that it lies in (named as the finding), and how it is made. */
export type Trap = { readonly id: string; readonly sql: string; readonly says: RegExp }

/** In Postgres 13, on the way to 18. */
export const databaseTraps: readonly Trap[] = [
  {
    id: 'postfix-operators',
    sql: `create function fac(int) returns int language sql immutable as 'select $1';
      create operator !# (leftarg = int, procedure = fac)`,
    says: /!#\(integer,NONE\)/,
  },
  {
    id: 'polymorphic-functions',
    sql: `create aggregate "collect all"(anyelement) (sfunc = array_append, stype = anyarray, initcond = '{}')`,
    says: /public\."collect all"\(anyelement\)/,
  },
  {
    id: 'encoding-conversions',
    sql: `create conversion mine for 'LATIN1' to 'UTF8' from iso8859_1_to_utf8`,
    says: /public\.mine/,
  },
  {
    id: 'python-2',
    sql: `create language plpython2u handler plpgsql_call_handler;
      create function old_snake() returns int language plpython2u as 'return 1'`,
    says: /public\.old_snake\(\)/,
  },
  {
    id: 'interval-as-text',
    sql: `create table slots (during interval, stay interval);
      create index by_duration on slots ((during::text));
      create index long_ones on slots (stay) where (stay - during)::text <> ''`,
    says: /public\.by_duration, public\.long_ones/,
  },
  {
    id: 'removed-system-column',
    sql: `create view health as select buffers_backend, checkpoints_timed from pg_stat_bgwriter`,
    says: /public\.health \(pg_catalog\.pg_stat_bgwriter\.buffers_backend\)/,
  },
  {
    id: 'reg-columns',
    sql: `create domain handler as regprocedure; create type job as (name text, handlers handler[]);
      create table jobs (id int, job job); create table "Odd Name" ("The Proc" regproc)`,
    says: /public\."Odd Name"\."The Proc", public\.jobs\.job/,
  },
  { id: 'changed-type', sql: 'create table rights (who aclitem[])', says: /public\.rights\.who/ },
  { id: 'system-row-columns', sql: 'create table methods (am pg_am)', says: /public\.methods\.am/ },
  { id: 'missing-extension', sql: 'create extension adminpack', says: /adminpack any more/ },
  {
    id: 'missing-library',
    sql: `create function listing() returns setof record language c as '$libdir/adminpack', 'pg_logdir_ls_v1_1'`,
    says: /\$libdir\/adminpack, which public\.listing\(\) is in/,
  },
  {
    id: 'extension-restores-itself',
    sql: 'create extension timescaledb',
    says: /TimescaleDB cannot simply be dumped/,
  },
  {
    id: 'extension-version',
    sql: `create extension hstore; update pg_extension set extversion = '0.9' where extname = 'hstore'`,
    says: /hstore 1\.\d and does not know version 0\.9/,
  },
  {
    id: 'children-without-not-null',
    sql: `create table parent (a int); create table child () inherits (parent);
      alter table only parent alter a set not null`,
    says: /public\.child\.a/,
  },
  {
    id: 'invalid-indexes',
    sql: `create table twice (a int); insert into twice values (1), (1);
      \\set ON_ERROR_STOP off
      create unique index concurrently once on twice (a);`,
    says: /public\.once/,
  },
  {
    id: 'functions-in-indexes',
    sql: `create table words (word text); create function plain(text) returns text language sql immutable as 'select lower($1)';
      create index on words (plain(word))`,
    says: /public\.plain\(text\) of public\.words_plain_idx/,
  },
  {
    id: 'text-ranges',
    sql: `create table people (name text) partition by range (name);
      create table people_m partition of people for values from ('a') to ('m')`,
    says: /public\.people /,
  },
  {
    // A system table's own columns are nobody's dependency: only the rehearsal finds it.
    id: 'definition-refused',
    sql: `create schema "my views"; create view "my views"."last one" as select datname, datlastsysoid from pg_database`,
    says: /view my views\.last one: column pg_database\.datlastsysoid does not exist/,
  },
]

/** The same for what belongs to the cluster, by one script. */
export const clusterSql = `
create role reader;
create role "The Writer" login password 'x';
alter role reader set operator_precedence_warning = on;
create database closed allow_connections false;
create database half;
update pg_database set datconnlimit = -2 where datname = 'half';
create database german template template0 locale 'de_DE.utf8';
create database replica;
alter database template0 allow_connections true;
select pg_create_physical_replication_slot('standby');
create tablespace elsewhere location '/elsewhere';
create tablespace within location '/var/lib/postgresql/data/within';
alter system set vacuum_cleanup_index_scale_factor = 0.2;
alter system set password_encryption = 'on';
alter system set archive_mode = on;
create table promised (a int);
begin;
insert into promised values (1);
prepare transaction 'not decided';
\\connect replica
create subscription follower connection 'host=nowhere' publication p with (connect = false);
`

/** What is found of it. */
export const clusterFindings: readonly Omit<Trap, 'sql'>[] = [
  { id: 'removed-role-setting', says: /operator_precedence_warning \(role reader\)/ },
  { id: 'closed-databases', says: /database closed/ },
  { id: 'invalid-databases', says: /database half/ },
  { id: 'missing-locale', says: /de_DE\.utf8/ },
  { id: 'open-template0', says: /template0/ },
  { id: 'replication-slots', says: /standby \(physical\)/ },
  { id: 'subscriptions', says: /follower in replica/ },
  { id: 'tablespace-outside', says: /elsewhere \(\/elsewhere\)/ },
  { id: 'tablespace-inside', says: /within \(\/var\/lib\/postgresql\/data\/within\)/ },
  { id: 'removed-setting', says: /vacuum_cleanup_index_scale_factor/ },
  { id: 'refused-setting', says: /password_encryption/ },
  { id: 'archiving', says: /archive_mode/ },
  { id: 'prepared-transactions', says: /'not decided' \(postgres in postgres\)/ },
  { id: 'md5-passwords', says: /"The Writer"/ },
  { id: 'local-passwords', says: /scram-sha-256/ },
  { id: 'removed-command-line-setting', says: /-c operator_precedence_warning/ },
  { id: 'command-line-setting', says: /max_prepared_transactions/ },
  { id: 'missing-preload-library', says: /adminpack, which shared_preload_libraries/ },
  { id: 'initdb-arguments', says: /POSTGRES_INITDB_ARGS/ },
  { id: 'wal-segment-size', says: /64 MiB/ },
  { id: 'mount-path', says: /wants it at \/var\/lib\/postgresql\./ },
  { id: 'no-checksums', says: /no checksums/ },
  { id: 'collation-changed', says: /glibc 2\.\d+ before, glibc 2\.\d+ now/ },
]

/** In a cluster of Postgres 15 whose locale comes from ICU, on the way to 18. */
export const traps15 = `
create database "two
lines";
set allow_in_place_tablespaces = on;
create tablespace nowhere location '';
create schema odd;
create domain odd.rights as aclitem;
create table odd.allowed (who odd.rights[]);
create extension pg_trgm;
create table pages (body text, words tsvector);
create index by_trigram on pages using gin (body gin_trgm_ops);
create index by_word on pages using gist (words);
`

export const findings15: readonly Omit<Trap, 'sql'>[] = [
  { id: 'newline-in-name', says: /"two\nlines"/ },
  { id: 'tablespace-in-place', says: /nowhere/ },
  { id: 'changed-type', says: /odd\.allowed\.who/ },
  { id: 'mount-path', says: /\/var\/lib\/postgresql/ },
  { id: 'text-search-by-cluster-locale', says: /public\.by_trigram, public\.by_word/ },
]
