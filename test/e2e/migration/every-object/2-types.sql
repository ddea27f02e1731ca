-- Types, functions, operators and what they are made of.
\connect shop
set client_min_messages = error;
set role keeper;
create schema shop;
create schema "Odd ""schema"" it's";
reset role;
create schema hidden authorization reader;
create schema extensions;
comment on schema shop is 'most of it';
grant usage on schema shop to reader, scram_user;
grant create on schema shop to keeper;
revoke all on schema public from public;
create extension hstore schema extensions;
create extension citext schema extensions;
create extension pg_trgm schema extensions;
create extension btree_gist schema extensions;
create extension ltree schema extensions;
create extension pgcrypto schema extensions;
create extension postgres_fdw schema extensions;
create extension pg_stat_statements schema extensions;
grant usage on schema extensions to public;
comment on extension hstore is 'pairs';
-- Rights on what an extension or the system brought are kept apart from those it brought them with.
grant execute on function extensions.digest(text, text) to reader;
revoke execute on function extensions.digest(text, text) from public;
revoke execute on function pg_catalog.pg_sleep(double precision) from public;
grant select (rolname, rolsuper) on pg_catalog.pg_authid to reader;
set search_path = shop, extensions, public;

create type mood as enum ('sad', 'fine');
alter type mood add value 'wild' before 'fine';
alter type mood add value 'calm' after 'sad';
create type address as (street text, number int, moods mood[]);
create type person as (name text, home address);
create domain positive as int default 1 constraint above_zero check (value > 0);
create domain email as extensions.citext check (value ~ '@') not null;
alter domain positive add constraint small check (value < 1000000) not valid;
create domain homes as address[] check (array_length(value, 1) < 10);
create type floats as range (subtype = float8, subtype_diff = float8mi);
create type words as range (subtype = text, collation = "C");
\if :from14
create type times as range (subtype = time, multirange_type_name = many_times);
\endif
create type shell;
create type my_int;
create function my_int_in(cstring) returns my_int language internal immutable strict as 'int4in';
create function my_int_out(my_int) returns cstring language internal immutable strict as 'int4out';
create type my_int (input = my_int_in, output = my_int_out, like = int4, category = 'U', preferred = false, default = '7');
comment on type mood is 'a choice';
comment on domain positive is 'more than nothing';
comment on constraint above_zero on domain positive is 'says it';
alter type mood owner to keeper;
revoke usage on type mood from public;
grant usage on type mood to reader;

create function add_one(int) returns int language sql immutable strict parallel safe as 'select $1 + 1';
create function add_one(bigint, by bigint default 1, variadic more bigint[] default '{}') returns bigint
  language plpgsql stable cost 17 as $f$ begin return $1 + by + coalesce((select sum(m) from unnest(more) m), 0); end $f$;
create function two_of_them(in a int, out b int, out "C d" text) returns setof record language sql rows 3
  as $$ values (a, 'one'), (a + 1, E'tw\\o') $$;
create function table_of(n int) returns table (i int, said text) language plpgsql security definer
  set search_path = shop, pg_temp set "shop.tenant" = 'x'
  as $f$ begin return query select g, 'number ' || g from generate_series(1, n) g; end $f$;
create function any_of(anyelement, anyarray) returns boolean language sql immutable leakproof as 'select $1 = any ($2)';
create function quiet() returns trigger language plpgsql as $f$ begin return new; end $f$;
create function stamp() returns trigger language plpgsql as $f$ begin new.changed := '2020-02-02'; return new; end $f$;
create procedure sweep(inout n int) language plpgsql as $p$ begin n := n + 1; commit; end $p$;
create function watch() returns event_trigger language plpgsql as $f$ begin null; end $f$;
\if :from14
create function modern(a int, b int) returns int language sql immutable return a * b;
create function modern_block(a int) returns setof int language sql begin atomic select a; select a + 1; end;
create procedure outwards(in a int, out b int) language sql as 'select $1 + 1';
\endif
alter function add_one(int) owner to keeper;
revoke execute on function add_one(int) from public;
grant execute on function add_one(int) to reader with grant option;
grant execute on procedure sweep(int) to limited;
comment on function add_one(int) is 'adds one';

create aggregate total(int) (sfunc = int4pl, stype = int, initcond = '0', parallel = safe, combinefunc = int4pl);
create aggregate moving_total(float8) (sfunc = float8pl, stype = float8, msfunc = float8pl, minvfunc = float8mi,
  mstype = float8, initcond = '0', minitcond = '0');
create aggregate my_rank(variadic "any" order by variadic "any") (sfunc = ordered_set_transition_multi,
  stype = internal, finalfunc = rank_final, finalfunc_extra, hypothetical);
comment on aggregate total(int) is 'a sum';

create function mood_near(mood, mood) returns boolean language sql immutable as 'select $1 = $2';
create operator ~~~ (leftarg = mood, rightarg = mood, function = mood_near, commutator = ~~~, restrict = eqsel, join = eqjoinsel);
create function mood_length(mood) returns int language sql immutable as 'select length($1::text)';
create operator @#@ (rightarg = mood, function = mood_length);
create function compare_backwards(int, int) returns int language sql immutable as 'select $2 - $1';
create operator family backwards_family using btree;
create operator class backwards for type int using btree family backwards_family as
  operator 1 >, operator 2 >=, operator 3 =, operator 4 <=, operator 5 <, function 1 compare_backwards(int, int);
alter operator family backwards_family using btree add
  operator 1 > (int, bigint), function 1 (int, bigint) btint48cmp(int, bigint);
comment on operator ~~~ (mood, mood) is 'about';

create cast (my_int as int) without function as assignment;
create function mood_to_int(mood) returns int language sql immutable as 'select mood_length($1)';
create cast (mood as int) with function mood_to_int(mood);
create cast (address as varchar) with inout as implicit;
comment on cast (mood as int) is 'its length';
\if :from14
create conversion our_conversion for 'LATIN1' to 'UTF8' from iso8859_1_to_utf8;
\endif
create collation german (locale = 'C');
create collation no_case (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
comment on collation german is 'not really';
create transform for int language sql (from sql with function prsd_lextype(internal), to sql with function int4recv(internal));
create access method other_heap type table handler heap_tableam_handler;

create text search template our_template (lexize = dsimple_lexize, init = dsimple_init);
create text search parser our_parser (start = prsd_start, gettoken = prsd_nexttoken, end = prsd_end, lextypes = prsd_lextype, headline = prsd_headline);
create text search dictionary our_words (template = pg_catalog.simple, stopwords = 'english', accept = false);
create text search configuration our_search (copy = pg_catalog.english);
alter text search configuration our_search alter mapping for asciiword, word with our_words, english_stem;
alter text search configuration our_search drop mapping for email, url;
comment on text search configuration our_search is 'finds';

create foreign data wrapper empty_wrapper options (debug 'true');
create server elsewhere type 'postgres' version '9' foreign data wrapper postgres_fdw options (host 'db.invalid', dbname 'it''s');
grant usage on foreign server elsewhere to reader;
create user mapping for scram_user server elsewhere options (user 'u', password 'mapping secret');
create user mapping for public server elsewhere options (user 'nobody');
comment on server elsewhere is 'far away';
