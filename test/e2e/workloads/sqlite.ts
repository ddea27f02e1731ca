import type { Database } from './database.ts'
import { sentences } from './database.ts'

const accounts = 1000

/** SQLite with transfers between accounts, made by a trigger on the ledger that each is written into. */
export function sqlite(mode: 'wal' | 'delete'): Database {
  const file = '/data/app.db'
  const shell = ['sqlite3', '-bail', '-batch', '-cmd', '.timeout 20000', file]
  return {
    image: 'sqlite',
    volumeAt: '/data',
    environment: {},
    command: ['-c', 'sleep infinity'],
    more: ['--entrypoint=sh', '--user=0'],
    ready: ['true'],
    prepare: (inside) => inside(...shell, { input: tables(mode) }),
    writers: Array.from({ length: 2 }, () => [
      'sh',
      '-c',
      `{ echo "pragma synchronous = normal; pragma wal_autocheckpoint = 100;"; i=0; while [ $i -lt 1000 ]; do echo "${transfer}"; i=$((i + 1)); done; } |
        sqlite3 -bail -batch -cmd '.timeout 20000' ${file}`,
    ]),
    count: [...shell, 'select count(*) from ledger'],
    durable: true,
    turnover: 500,
    spoil: [...shell, 'update account set balance = balance + iif(id = 7, 1, -1) where id in (7, 8)'],
    problems: async (inside) => sentences(await inside(...shell, { input: invariant(mode) })),
  }
}

const transfer = `insert into ledger (source, target, amount, padding) values
  (abs(random()) % ${accounts}, abs(random()) % ${accounts}, abs(random()) % 100, hex(randomblob(200)));`

const tables = (mode: string) => `
pragma journal_mode = ${mode};
create table account (id integer primary key, balance integer not null, padding text not null);
create table ledger (id integer primary key, source integer not null references account, amount integer not null,
  target integer not null references account, padding text not null);
create index by_source on ledger (source);
create trigger transfer after insert on ledger begin
  update account set balance = balance - new.amount where id = new.source;
  update account set balance = balance + new.amount where id = new.target;
end;
with recursive n(i) as (select 0 union all select i + 1 from n where i < ${accounts - 1})
  insert into account select i, 0, hex(randomblob(200)) from n;`

// integrity_check says "ok" where all is well.
const invariant = (mode: string) => `
select 'integrity_check: ' || integrity_check from pragma_integrity_check where integrity_check <> 'ok' limit 5;
select 'a row of ' || "table" || ' refers to none' from pragma_foreign_key_check;
select 'the journal is ' || journal_mode || ', not ${mode}' from pragma_journal_mode where journal_mode <> '${mode}';
select 'there are ' || count(*) || ' accounts' from account having count(*) <> ${accounts};
select 'the balances add up to ' || sum(balance) from account having sum(balance) <> 0;
select 'account ' || id || ' has ' || balance || ', by the ledger ' || due from (
  select id, balance, coalesce((select sum(amount) from ledger where target = account.id), 0)
    - coalesce((select sum(amount) from ledger where source = account.id), 0) as due from account)
  where balance <> due limit 5;`
