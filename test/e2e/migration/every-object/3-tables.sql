-- Tables and what hangs on them.
set role keeper;
create table every_type (
  id bigint generated always as identity (start 10 increment 5) primary key,
  small smallint, number int default 42, big bigint, exact numeric(30, 10), single real, twice float8, cash money,
  letters text not null default E'a\\b', short varchar(20), fixed char(10), one "char", label name,
  bytes bytea, yes boolean, day date, clock time, clock_there timetz, moment timestamp, moment_there timestamptz(3),
  span interval, half_span interval year to month, unique_id uuid, document json, document2 jsonb, query jsonpath, markup xml,
  address inet, network cidr, card macaddr, card8 macaddr8, bits bit(5), more_bits bit varying(9),
  spot point, way path, shape polygon, ring circle, sides box, piece lseg, straight line,
  found tsvector, sought tsquery, numbers int[], grid text[][], moods mood[], people person[],
  ints int4range, moments tstzrange, own floats, own_words words,
  state mood, person person, home address, count positive, mail email, homes homes, mine my_int,
  pairs extensions.hstore, any_case extensions.citext, tree extensions.ltree, place pg_lsn, transaction xid,
  of_table regclass, of_type regtype, of_role regrole,
  computed text generated always as (letters || '!') stored
);
insert into every_type (small, number, big, exact, single, twice, cash, letters, short, fixed, one, label, bytes, yes, day, clock,
  clock_there, moment, moment_there, span, half_span, unique_id, document, document2, query, markup, address, network, card, card8,
  bits, more_bits, spot, way, shape, ring, sides, piece, straight, found, sought, numbers, grid, moods, people, ints, moments, own,
  own_words, state, person, home, count, mail, homes, mine, pairs, any_case, tree, place, transaction, of_table, of_type, of_role)
select n % 32000, n, n::bigint * 4294967296, n / 7.0, n / 3.0, n / 7.0, (n * 1.5)::numeric::money,
  'letters ' || n || E' \t tab, \\ backslash, "quote", line\nfeed \\. \\N ü 東 🐘', 'short', 'fixed', 'c', 'name',
  decode(md5(n::text), 'hex') || '\x00'::bytea, n % 2 = 0, date '2000-01-01' + n, '12:34:56.789', '12:34:56.789+05:45',
  timestamp '1999-12-31 23:59:59.999999' + n * interval '1 day', timestamptz '2001-02-03 04:05:06.789+00' + n * interval '1 hour',
  n * interval '1 month 2 days 3.456 seconds', '3 years 4 months', md5(n::text)::uuid, '{"a": 1, "a":  2 }', '{"b": [1, 2.50], "a": "ü"}',
  '$.a[*] ? (@ > 2)', '<a>ü<b/></a>', '192.168.1.5/24', '10.0.0.0/8', '08:00:2b:01:02:03', '08:00:2b:01:02:03:04:05', B'10101', B'101',
  '(1.5,2.5)', '[(0,0),(1,1)]', '((0,0),(1,1),(1,0))', '<(0,0),2>', '(1,1),(0,0)', '[(0,0),(1,1)]', '{1,2,3}',
  to_tsvector('english', 'the fat cats sat'), 'fat & (rat | cat)', array[n, null, 3], '{{a,b},{"c d",NULL}}', '{sad,wild}',
  array[row('A', row('s', n, '{calm}')::address)::person], int4range(n, n + 10), '[2020-01-01 00:00+00,)', '[1.5,2.5)', '["a","b")',
  'wild', row('B, "b"', row(null, 1, null)::address)::person, row('street', n, '{}')::address, n, 'A@b.c', array[row('h', 1, null)::address],
  (n::text)::my_int, 'a=>1, b=>NULL', 'MixedCase', 'top.middle.leaf', '16/B374D848', '12345', 'pg_class', 'integer', 'pg_monitor'
from generate_series(1, 200) n;
insert into every_type (letters, count, mail, twice, single, day, moment, moment_there) values
  ('', 1, 'e@x', 'NaN', 'Infinity', 'infinity', '-infinity', '4713-01-01 00:00+00 BC'),
  (E'\r\n', 1, 'f@x', '-0', '1e-37', '0044-03-15 BC', '294276-01-01', '1900-01-01 00:00+00');
insert into every_type overriding system value select 100000 as id from generate_series(1, 0);
delete from every_type where number % 17 = 0;
update every_type set letters = 'changed' where number % 13 = 0;

create table long_values (id serial primary key, long text, external text, plain bytea);
alter table long_values alter external set storage external, alter long set statistics 321, alter long set (n_distinct = -0.5);
\if :from14
-- Not every server is built with it.
select 'lz4' = any(enumvals) as lz4 from pg_settings where name = 'default_toast_compression' \gset
\if :lz4
alter table long_values alter long set compression lz4;
\endif
\endif
insert into long_values (long, external, plain)
  select string_agg(md5((n * 1000 + m)::text), ''), repeat('abc', 5000), decode(string_agg(md5(m::text), ''), 'hex')
    from generate_series(1, 20) n, generate_series(1, 400) m group by n order by n;

-- Columns that are gone, that came later, that never were.
create table changed_shape (gone int, a int, also_gone text, b int default 5);
insert into changed_shape select n, n, 'x', n from generate_series(1, 30) n;
alter table changed_shape drop column gone, drop column also_gone;
alter table changed_shape add column late text not null default 'came later', add column stamp date default '2020-02-02';
insert into changed_shape values (100, 100, 'new', null);
create table no_columns ();
insert into no_columns default values;
insert into no_columns default values;
create table no_rows (id int primary key, self int references no_rows deferrable initially deferred);
create unlogged table unlogged_rows (id int generated by default as identity, said text);
insert into unlogged_rows (said) select 'row ' || n from generate_series(1, 40) n;
create table other_method (id int) using other_heap;
insert into other_method select generate_series(1, 10);
create table of_type of address (street with options not null, primary key (number));
insert into of_type values ('s', 1, '{sad}'), ('t', 2, null);
create table "Odd ""schema"" it's"."Odd ""table""" ("Odd ""column""" int check ("Odd ""column""" > 0), like_it text collate "C");
insert into "Odd ""schema"" it's"."Odd ""table""" select n, 'n' from generate_series(1, 10) n;

create table customers (id int primary key, name text, mail text unique, born date, valid tstzrange,
  constraint born_late check (born > '1900-01-01'), exclude using gist (id with =, valid with &&));
insert into customers select n, 'Name ' || n, 'm' || n || '@x', date '1950-01-01' + n, null from generate_series(1, 300) n;
alter table customers add constraint named check (name <> 'Name 7') not valid, replica identity full;
create table orders (id int, customer int not null, placed date not null, total numeric(12, 2) default 0, changed date,
  primary key (id, placed), constraint buyer foreign key (customer) references customers on delete cascade on update set null deferrable)
  partition by range (placed);
create table orders_2020 partition of orders for values from ('2020-01-01') to ('2021-01-01') with (fillfactor = 70);
create table orders_2021 (changed date, gone int, total numeric(12, 2), placed date not null, customer int not null, id int not null);
alter table orders_2021 drop column gone, alter total set default 3;
alter table orders attach partition orders_2021 for values from ('2021-01-01') to ('2022-01-01');
create table orders_rest partition of orders default partition by hash (id);
create table orders_rest_0 partition of orders_rest for values with (modulus 2, remainder 0);
create table orders_rest_1 partition of orders_rest for values with (modulus 2, remainder 1) partition by range (placed);
create table orders_rest_1_all partition of orders_rest_1 default;
create table regions (name text, size int) partition by list (name);
create table regions_few partition of regions for values in ('north', 'it''s', null);
create table regions_more partition of regions default;
insert into regions values ('north', 1), ('it''s', 2), (null, 3), ('south', 4);
-- The hash of an enum's label changes when it is made anew: a dump brings rows into other parts.
create table by_mood (feels mood, n int) partition by hash (feels);
create table by_mood_0 partition of by_mood for values with (modulus 3, remainder 0);
create table by_mood_1 partition of by_mood for values with (modulus 3, remainder 1);
create table by_mood_2 partition of by_mood for values with (modulus 3, remainder 2);
insert into by_mood select (enum_range(null::mood))[1 + n % 4], n from generate_series(1, 120) n;
create index orders_by_customer on orders (customer, total desc nulls last) include (changed);
create index orders_2020_only on orders_2020 (total) where total > 50;
create trigger stamps before insert or update on orders for each row execute function stamp();
insert into orders (id, customer, placed, total)
  select n, 1 + n % 300, date '2019-06-01' + n, n * 1.25 from generate_series(1, 1200) n;
insert into orders values (5000, 9, '2020-06-06'), (5001, 9, '2021-06-06');
create table items (order_id int, placed date, line smallint, what text, primary key (order_id, placed, line),
  foreign key (order_id, placed) references orders match full);
insert into items select id, placed, 1, 'thing' from orders where id < 100;
create table partitioned_for_nobody (a int) partition by range (a);

create table animals (id serial, name text not null check (name <> ''), unique (id));
create table pets (owner text) inherits (animals);
create table flyers (wings int default 2);
create table parrots (words text[]) inherits (pets, flyers);
insert into animals (name) values ('elk'), ('newt');
insert into pets (name, owner) values ('Rex', 'Ann');
insert into parrots (name, owner, words) values ('Polly', 'Bob', '{hello,"good bye"}');
create table left_home () inherits (animals);
alter table left_home no inherit animals;
\if :from15
create table nulls_alike (a int, unique nulls not distinct (a));
\endif
\if :from18
create table from_eighteen (id int, during daterange, twice int generated always as (id * 2) virtual,
  constraint one_at_a_time primary key (id, during without overlaps), constraint low check (id < 1000) not enforced);
insert into from_eighteen values (1, '[2020-01-01,2021-01-01)'), (1, '[2021-01-01,2022-01-01)');
\endif

create index every_number on every_type (number desc, lower(letters) collate "C") where yes;
create unique index every_uuid on every_type (unique_id);
create index every_hash on every_type using hash (number);
create index every_found on every_type using gin (found) with (fastupdate = off);
create index every_json on every_type using gin (document2 jsonb_path_ops);
create index every_like on every_type using gin (letters extensions.gin_trgm_ops);
create index every_spot on every_type using gist (spot);
create index every_tree on every_type using gist (tree extensions.gist_ltree_ops (siglen = 100));
create index every_range on every_type using spgist (ints);
create index every_brin on every_type using brin (big) with (pages_per_range = 4);
create index every_backwards on every_type (number backwards);
create index every_expression on every_type ((number + 1), (letters || 'x') text_pattern_ops);
alter index every_expression alter column 1 set statistics 555;
create unique index customers_key on customers (name, id);
alter table customers cluster on customers_key;
alter table customers alter name set not null, replica identity using index customers_key;
alter table long_values replica identity full;
alter table changed_shape replica identity nothing, set (autovacuum_enabled = false, fillfactor = 55, toast.autovacuum_enabled = false);

create statistics every_statistics (ndistinct, dependencies, mcv) on number, letters, yes from every_type;
alter statistics every_statistics set statistics 77;
comment on statistics every_statistics is 'go together';
\if :from14
create statistics expression_statistics on (number % 10), (lower(letters)) from every_type;
\endif

create trigger quiet_one after update of letters, number on every_type for each row when (old.letters is distinct from new.letters)
  execute function quiet('an argument', 'it''s');
create trigger quiet_off before delete on every_type for each statement execute function quiet();
create trigger quiet_always after truncate on every_type execute function quiet();
create trigger quiet_replica after insert on every_type for each row execute function quiet();
create constraint trigger quiet_late after insert on customers deferrable initially deferred for each row execute function quiet();
create trigger quiet_tables after update on customers referencing old table as was new table as is_now for each statement execute function quiet();
alter table every_type disable trigger quiet_off;
alter table every_type enable always trigger quiet_always, enable replica trigger quiet_replica;
comment on trigger quiet_one on every_type is 'does nothing';

create rule keep_log as on update to no_rows do also insert into no_columns default values;
create rule never as on delete to no_rows where old.id > 5 do instead nothing;
alter table no_rows disable rule never;
comment on rule never on no_rows is 'off';

create policy see_own on customers as permissive for select to reader, scram_user using (name = current_user);
create policy not_old on customers as restrictive for all using (born > '1910-01-01') with check (born > '1920-01-01');
alter table customers enable row level security, force row level security;
comment on policy see_own on customers is 'own rows';
alter table of_type enable row level security;

create view cheap as select o.id, o.customer, o.total from orders o where o.total < 100 with local check option;
create view cheap_named with (security_barrier = true) as select c.name, cheap.* from cheap join customers c on c.id = cheap.customer;
create view totals ("a name", sum, rank) as select c.name, sum(o.total), rank() over (order by sum(o.total) desc) from customers c left join orders o on o.customer = c.id group by c.name;
create recursive view countdown (n) as select 10 union all select n - 1 from countdown where n > 0;
create view with_default as select id, name from customers;
alter view with_default alter name set default 'nobody';
create rule insert_there as on insert to with_default do instead insert into no_rows values (new.id, null);
create view not_simple as select distinct name from customers;
create trigger instead_of instead of update on not_simple for each row execute function quiet();
create view over_system as select relname, relkind from pg_catalog.pg_class where relname like 'pg_%';
\if :from15
create view as_caller with (security_invoker = true) as select * from customers;
\endif
create materialized view by_year as select extract(year from placed) as year, count(*) as orders, sum(total) from orders group by 1 with data;
create unique index by_year_key on by_year (year);
create materialized view by_year_twice as select year, orders * 2 as twice from by_year;
create materialized view not_filled as select * from customers with no data;
comment on materialized view by_year is 'per year';
comment on view cheap is 'not dear';
comment on column cheap.total is 'in euro';

create sequence counts_down as smallint increment -3 minvalue -300 maxvalue 300 start 30 cache 5 cycle;
select nextval('counts_down'), nextval('counts_down');
create sequence never_called start 17;
create sequence called_later;
select setval('called_later', 1234, false);
create sequence owned_one owned by customers.id;
select setval('owned_one', 987654321012, true);
comment on sequence owned_one is 'belongs to customers';

grant select, insert (a, b), update (a), references (a) on changed_shape to reader with grant option;
grant all on orders to scram_user;
grant select on all tables in schema "Odd ""schema"" it's" to public;
grant usage, update on sequence owned_one to reader;
reset role;
set role reader;
grant select on shop.changed_shape to limited;
reset role;
alter default privileges for role keeper in schema shop grant select on tables to reader;
alter default privileges for role keeper grant usage on types to limited;
alter default privileges for role keeper revoke execute on functions from public;
alter default privileges grant usage on sequences to "Odd ""role"" it's; $HOME \n";
comment on table every_type is 'It''s every type; "really"';
comment on column every_type.letters is E'two\nlines';
comment on constraint buyer on orders is 'who pays';
comment on index every_number is 'an index';

create foreign table far_away (id int options (column_name 'nr') not null, name text) server elsewhere options (table_name 'x', schema_name 'y');
create foreign table orders_far (changed date, total numeric(12, 2), placed date not null, customer int not null, id int not null) server elsewhere;
create event trigger watches on ddl_command_end when tag in ('CREATE SEQUENCE', 'DROP SEQUENCE') execute function watch();
create event trigger watches_not on sql_drop execute function watch();
alter event trigger watches_not disable;
comment on event trigger watches is 'sees';

create publication some_tables for table customers, every_type with (publish = 'insert, update');
create publication everything for all tables with (publish_via_partition_root = true);
comment on publication some_tables is 'two of them';
\if :from15
create publication some_columns for table customers (id, name) where (id < 100);
create publication chosen for table every_type, tables in schema "Odd ""schema"" it's";
grant set on parameter log_min_duration_statement to reader;
grant set, alter system on parameter work_mem to keeper with grant option;
\endif
create subscription listens connection 'host=db.invalid user=u password=subscription_secret' publication theirs
  with (connect = false, enabled = false, slot_name = none);

select lo_from_bytea(4711, convert_to(repeat('large object ', 2000), 'UTF8'));
select lo_from_bytea(4712, '');
select lo_create(4713);
select lo_put(4713, 100000, '\xdeadbeef');
alter large object 4711 owner to keeper;
grant select, update on large object 4711 to reader;
comment on large object 4711 is 'a large one';

\if :{?tablespace}
create table shop.far_disk (id int primary key using index tablespace "Fast ""space""", said text) tablespace "Fast ""space""";
insert into shop.far_disk select n, 'far ' || n from generate_series(1, 100) n;
create materialized view shop.far_view tablespace "Fast ""space""" as select * from shop.far_disk;
create database on_far_disk tablespace "Fast ""space""";
\connect on_far_disk
create table rows as select n from generate_series(1, 10) n;
\connect shop
\endif
\connect postgres
create table left_in_postgres as select n, md5(n::text) from generate_series(1, 10) n;
analyze;
\connect shop
analyze;
