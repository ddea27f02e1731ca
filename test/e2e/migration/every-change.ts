/** Something that is done to a copy of the cluster with every object, and the difference that it must be found by. */
export type Change = {
  readonly database: string
  readonly sql: string
  /** `kind name: field`, or how it changed. */
  readonly finds: string
}

const shop = (sql: string, finds: string): Change => ({ database: 'shop', sql, finds })

/** One for each kind of thing, as small as it can be. */
export const everyChange: readonly Change[] = [
  // Rows.
  shop(
    "update shop.every_type set letters = letters || ' ' where number = 100",
    'rows shop.every_type: sha256',
  ),
  shop('update shop.long_values set plain = null where id = 3', 'rows shop.long_values: sha256'),
  shop('delete from shop.unlogged_rows where id = 7', 'rows shop.unlogged_rows: rows'),
  shop('insert into shop.no_columns default values', 'rows shop.no_columns: rows'),
  shop("insert into shop.animals (id, name) values (77, 'eel')", 'rows shop.animals: rows'),
  shop('update shop.orders set total = 1 where id = 5000', 'rows shop.orders_2020: sha256'),
  shop('truncate shop.far_disk', 'rows shop.far_disk: rows'),
  shop('refresh materialized view shop.not_filled', 'rows shop.not_filled: rows'),
  {
    database: 'latin',
    sql: "update words set word = 'Strasse' where id = 2",
    finds: 'rows public.words: sha256',
  },
  {
    database: 'template1',
    sql: 'delete from comes_with_every_database',
    finds: 'rows public.comes_with_every_database: rows',
  },
  { database: 'icu', sql: "insert into words values ('neu')", finds: 'rows public.words: rows' },
  // Sequences and large objects.
  shop("select nextval('shop.owned_one')", 'sequence shop.owned_one: last'),
  shop("select setval('shop.called_later', 1234, true)", 'sequence shop.called_later: called'),
  shop('alter sequence shop.counts_down cache 6', 'sequence shop.counts_down: cache'),
  shop("select lo_put(4711, 5000, 'X')", 'large objects all: contents'),
  shop('grant select on large object 4712 to reader', 'large objects all: objects'),
  // Roles, and what they may do.
  {
    database: 'postgres',
    sql: "alter role scram_user password 'another'",
    finds: 'role scram_user: password',
  },
  { database: 'postgres', sql: 'alter role limited connection limit 4', finds: 'role limited: connections' },
  {
    database: 'postgres',
    sql: "alter role md5_user valid until '2098-01-01'",
    finds: 'role md5_user: valid until',
  },
  { database: 'postgres', sql: 'create role somebody', finds: 'role somebody: added' },
  {
    database: 'postgres',
    sql: 'revoke reader from md5_user',
    finds: 'membership reader to md5_user: missing',
  },
  {
    database: 'postgres',
    sql: 'revoke admin option for keeper from scram_user',
    finds: 'membership keeper to scram_user: admin',
  },
  {
    database: 'postgres',
    sql: "alter role keeper set work_mem = '8MB'",
    finds: 'role settings keeper in every database: added',
  },
  {
    database: 'postgres',
    sql: 'alter role scram_user in database shop reset statement_timeout',
    finds: 'role settings scram_user in shop: missing',
  },
  {
    database: 'postgres',
    sql: 'alter role all reset idle_in_transaction_session_timeout',
    finds: 'role settings every role in every database: missing',
  },
  {
    database: 'postgres',
    sql: 'alter database shop set timezone = utc',
    finds: 'role settings every role in shop: settings',
  },
  {
    database: 'postgres',
    sql: 'revoke create on database shop from limited',
    finds: 'database shop: grants',
  },
  {
    database: 'postgres',
    sql: 'alter database nothing connection limit 1',
    finds: 'database nothing: connections',
  },
  {
    database: 'postgres',
    sql: 'alter database pattern is_template false; drop database pattern',
    finds: 'database pattern: missing',
  },
  {
    database: 'postgres',
    sql: 'revoke set on parameter log_min_duration_statement from reader',
    finds: 'parameter log_min_duration_statement: missing',
  },
  {
    database: 'postgres',
    sql: 'alter tablespace "Fast ""space""" reset (seq_page_cost)',
    finds: 'tablespace Fast "space": options',
  },
  {
    database: 'postgres',
    sql: "alter system set work_mem = '9MB'; select pg_reload_conf()",
    finds: 'setting work_mem: added',
  },
  shop('revoke insert (a) on shop.changed_shape from reader cascade', 'relation shop.changed_shape: columns'),
  shop('revoke all on shop.orders from scram_user', 'object table shop.orders: grants'),
  shop('alter table shop.regions owner to limited', 'object table shop.regions: owner'),
  shop(
    'grant execute on function shop.mood_length(shop.mood) to limited',
    'object function shop.mood_length(shop.mood): grants',
  ),
  shop(
    'alter default privileges for role keeper in schema shop revoke select on tables from reader',
    'object default acl for role keeper in schema shop on tables: missing',
  ),
  shop(
    'grant execute on function pg_catalog.pg_sleep(double precision) to public',
    'definition ACL pg_catalog.FUNCTION pg_sleep(double precision): missing',
  ),
  // Indexes, constraints, triggers, rules, policies.
  shop('drop index shop.every_json', 'index shop.every_json: missing'),
  shop('alter index shop.every_found set (fastupdate = on)', 'index shop.every_found: options'),
  shop(
    "update pg_index set indisvalid = false where indexrelid = 'shop.every_brin'::regclass",
    'index shop.every_brin: valid',
  ),
  shop('alter table shop.customers drop constraint named', 'constraint named on shop.customers: missing'),
  shop(
    'alter table shop.no_rows alter constraint no_rows_self_fkey not deferrable',
    'constraint no_rows_self_fkey on shop.no_rows: deferrable',
  ),
  shop(
    'alter table shop.every_type disable trigger quiet_one',
    'trigger quiet_one on shop.every_type: enabled',
  ),
  shop('drop rule keep_log on shop.no_rows', 'object rule keep_log on shop.no_rows: missing'),
  shop(
    'alter policy see_own on shop.customers using (true)',
    'definition POLICY shop.customers see_own: text',
  ),
  shop('alter table shop.of_type disable row level security', 'relation shop.of_type: row security'),
  shop('alter event trigger watches_not enable', 'trigger event trigger watches_not: enabled'),
  // Tables.
  shop('alter table shop.every_type alter number set default 43', 'definition TABLE shop.every_type: text'),
  shop('alter table shop.customers alter mail set not null', 'relation shop.customers: columns'),
  shop('alter table shop.long_values alter external set storage main', 'relation shop.long_values: columns'),
  shop('alter table shop.left_home inherit shop.animals', 'relation shop.left_home: parents'),
  shop(
    'alter table shop.regions detach partition shop.regions_more',
    'relation shop.regions_more: partition of',
  ),
  shop('alter table shop.unlogged_rows set logged', 'relation shop.unlogged_rows: persistence'),
  shop(
    'alter materialized view shop.far_view set tablespace pg_default',
    'relation shop.far_view: tablespace',
  ),
  shop(
    'alter statistics shop.every_statistics set statistics 78',
    'definition STATISTICS shop.every_statistics: text',
  ),
  shop("comment on column shop.every_type.letters is 'one line'", 'relation shop.every_type: columns'),
  shop("comment on table shop.every_type is 'other'", 'object table shop.every_type: comment'),
  // Views, functions, types.
  shop(
    'create or replace view shop.over_system as select relname, relkind from pg_catalog.pg_class',
    'definition VIEW shop.over_system: text',
  ),
  shop(
    "create or replace function shop.add_one(int) returns int language sql immutable strict parallel safe as 'select $1 + 2'",
    'object source of shop.add_one(integer): source',
  ),
  shop(
    'alter function shop.any_of(anyelement, anyarray) not leakproof',
    'object source of shop.any_of(pg_catalog.anyelement,pg_catalog.anyarray): leakproof',
  ),
  shop("alter type shop.mood add value 'last'", 'object labels of shop.mood: labels'),
  shop('alter type shop.address add attribute town text cascade', 'relation shop.address: columns'),
  shop(
    'alter domain shop.positive validate constraint small',
    'constraint small on shop.positive: validated',
  ),
  shop('drop cast (shop.address as varchar)', 'object cast (shop.address AS character varying): missing'),
  shop('drop operator shop.@#@ (none, shop.mood)', 'object operator shop.@#@(NONE,shop.mood): missing'),
  shop('drop aggregate shop.total(int)', 'object aggregate shop.total(integer): missing'),
  shop(
    'alter text search configuration shop.our_search drop mapping for host',
    'definition TEXT SEARCH CONFIGURATION shop.our_search: text',
  ),
  shop('drop conversion shop.our_conversion', 'object conversion shop.our_conversion: missing'),
  shop('drop collation shop.no_case', 'object collation shop.no_case: missing'),
  // Functions that take numbers hang on it.
  shop('delete from pg_transform', 'definition TRANSFORM TRANSFORM FOR integer LANGUAGE sql: missing'),
  // What reaches out.
  shop(
    "alter user mapping for scram_user server elsewhere options (set password 'x')",
    'definition USER MAPPING USER MAPPING scram_user SERVER elsewhere: digest',
  ),
  shop("alter server elsewhere options (set host 'other.invalid')", 'definition SERVER elsewhere: digest'),
  shop(
    'alter publication some_tables drop table shop.customers',
    'object publication relation shop.customers in publication some_tables: missing',
  ),
  shop("alter publication everything set (publish = 'insert')", 'definition PUBLICATION everything: text'),
  shop(
    "alter subscription listens connection 'host=other.invalid'",
    'definition SUBSCRIPTION listens: digest',
  ),
  shop('drop extension pg_stat_statements', 'extension pg_stat_statements: missing'),
  shop('create schema another', 'object schema another: added'),
]
