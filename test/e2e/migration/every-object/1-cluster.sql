-- Roles, tablespace and databases: what belongs to the whole cluster.
select :SERVER_VERSION_NUM >= 140000 as from14, :SERVER_VERSION_NUM >= 150000 as from15,
       :SERVER_VERSION_NUM >= 160000 as from16, :SERVER_VERSION_NUM >= 170000 as from17,
       :SERVER_VERSION_NUM >= 180000 as from18 \gset
set client_min_messages = error;

create role keeper nologin nosuperuser createdb createrole;
create role reader nologin;
create role "Odd ""role"" it's; $HOME \n" nologin noinherit;
set password_encryption = 'scram-sha-256';
create role scram_user login password 'scram secret';
set password_encryption = 'md5';
create role md5_user login password 'md5 secret' valid until '2099-12-31 23:59:59+00';
reset password_encryption;
create role limited login connection limit 3 valid until 'infinity';
create role replicator login replication bypassrls password null;
create role second_superuser superuser login;
comment on role keeper is E'owns\nthe shop''s tables';

grant reader to scram_user, md5_user;
grant keeper to scram_user with admin option;
grant pg_monitor to limited;
grant "Odd ""role"" it's; $HOME \n" to keeper with admin option;
set role keeper;
grant "Odd ""role"" it's; $HOME \n" to limited;
reset role;
\if :from14
grant pg_read_all_data to reader;
\endif
\if :from16
grant reader to limited with inherit false, set false, admin false;
\endif

alter role scram_user set search_path = shop, "$user", public;
alter role scram_user set "shop.tenant" = 'it''s "one", two';
alter role "Odd ""role"" it's; $HOME \n" set work_mem = '7MB';
alter role all set idle_in_transaction_session_timeout = '1h';

\if :{?tablespace}
create tablespace "Fast ""space""" owner keeper location :'tablespace' with (seq_page_cost = 1.5, random_page_cost = 2);
grant create on tablespace "Fast ""space""" to reader;
comment on tablespace "Fast ""space""" is 'a second disk';
\endif

create database shop owner keeper;
create database "Odd ""name"" it's; $HOME \back =x" connection limit 7;
create database latin template template0 encoding 'LATIN1' lc_collate 'C' lc_ctype 'C';
create database pattern is_template true;
create database nothing;
\if :from15
create database icu template template0 encoding 'UTF8' locale_provider icu icu_locale 'de-DE';
\endif
\if :from17
create database builtin template template0 encoding 'UTF8' locale_provider builtin builtin_locale 'C.UTF-8';
\endif
comment on database shop is 'every kind of object';
comment on database postgres is 'not the comment that it had';
alter database shop set timezone = 'Asia/Kathmandu';
alter database shop set datestyle = 'SQL, DMY';
alter database shop set "shop.open" = 'yes';
alter role scram_user in database shop set statement_timeout = '77s';
alter role all in database "Odd ""name"" it's; $HOME \back =x" set lock_timeout = '5s';
revoke connect, temporary on database shop from public;
grant connect on database shop to reader with grant option;
grant create on database shop to limited;

\connect template1
create table public.comes_with_every_database (id int primary key, said text);
insert into public.comes_with_every_database values (1, 'hello');
create extension if not exists citext;

\connect "dbname='Odd ""name"" it\'s; $HOME \\back =x'"
create schema "Odd ""schema"".x";
create table "Odd ""schema"".x"."Odd ""table"" it's; $HOME \n" ("Odd ""column"" %s" int primary key, "select" text);
insert into "Odd ""schema"".x"."Odd ""table"" it's; $HOME \n" select n, 'row ' || n from generate_series(1, 50) n;
create table "Odd ""schema"".x"."a
new	line" as select n from generate_series(1, 5) n;
comment on column "Odd ""schema"".x"."Odd ""table"" it's; $HOME \n"."select" is 'a
comment of two lines; -- and no comment';
create table "Odd ""schema"".x"."ÄÖÜ 東京 🐘" as select 'x' as "ß";
create table "Odd ""schema"".x".a23456789012345678901234567890123456789012345678901234567890123 (b23456789012345678901234567890123456789012345678901234567890123 serial);
create sequence "Odd ""schema"".x"."Odd ""sequence"" it's";
select setval('"Odd ""schema"".x"."Odd ""sequence"" it''s"', 12);
create function "Odd ""schema"".x"."Odd ""function""()"("an argument" int) returns int language sql as $$ select $1 $$;
select lo_from_bytea(815, '\x00ff00ff');

\connect latin
create table words (id serial primary key, word text);
insert into words (word) values ('Fräulein'), ('Straße'), ('ÿ');
create index on words (upper(word));

\if :from15
\connect icu
create table words (word text primary key);
insert into words values ('zebra'), ('Äpfel'), ('apfel'), ('Zoo');
\endif
\if :from17
\connect builtin
create table words (word text primary key);
insert into words values ('zebra'), ('Äpfel'), ('apfel'), ('Zoo');
create index on words (upper(word));
\endif

\connect pattern
create table from_pattern as select n from generate_series(1, 3) n;
