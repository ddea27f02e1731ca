import { type Database, sentences } from './database.ts'
import type { Inside } from './server.ts'

const accounts = 10_000

/**
 * MariaDB or MySQL with transfers between accounts, each written into a ledger in the same transaction. Pages are
 * flushed at once and the redo log is as small as it can be unless asked otherwise, so that a copy of the live folder tears.
 */
export function mysql(name: 'mariadb' | 'mysql', redoMebibytes = 4): Database {
  const [family, server, client, check] =
    name === 'mariadb'
      ? ['MARIADB', 'mariadbd', 'mariadb', 'mariadb-check']
      : ['MYSQL', 'mysqld', 'mysql', 'mysqlcheck']
  const login = ['env', `MYSQL_PWD=${password}`]
  const sql = [...login, client, '--user=root', '--batch', '--skip-column-names', 'app']
  const redo =
    name === 'mariadb' ? `--innodb-log-file-size=${redoMebibytes}M` : '--innodb-redo-log-capacity=8M'
  return {
    image: name,
    volumeAt: '/var/lib/mysql',
    environment: {
      [`${family}_ROOT_PASSWORD`]: password,
      [`${family}_DATABASE`]: 'app',
      [`${family}_INITDB_SKIP_TZINFO`]: '1',
    },
    command: [server, redo, ...options],
    // Over the network, because the server that only prepares the database does not listen there.
    ready: [...sql, '--host=127.0.0.1', '--execute=select 1'],
    prepare: (inside) => inside(...sql, { input: tables }),
    writers: Array.from({ length: 3 }, () => [...sql, '--execute=call transfer(1000)']),
    count: [...sql, '--execute=select count(*) from ledger'],
    durable: true,
    turnover: 15_000,
    spoil: [...sql, '--execute=update account set balance = balance + if(id = 7, 1, -1) where id in (7, 8)'],
    problems: async (inside) => [
      ...sentences(await inside(...sql, { input: invariant })),
      ...(await tableCheck(inside, [...login, check, '--user=root', '--extended', '--databases', 'app'])),
    ],
  }
}

const password = 'not-secret'

const options = [
  '--innodb-buffer-pool-size=32M',
  '--innodb-max-dirty-pages-pct=0',
  // What is committed is written, though not yet on the disk: enough for all but a power cut, and much faster.
  '--innodb-flush-log-at-trx-commit=2',
  '--sync-binlog=0',
]

const tables = `
create table account (id int primary key, balance bigint not null, padding char(200) not null) engine = innodb;
create table ledger (id bigint auto_increment primary key, source int not null, target int not null,
  amount int not null, key source (source), key target (target)) engine = innodb;
delimiter //
create procedure fill() begin
  declare i int default 0;
  start transaction;
  while i < ${accounts} do
    insert into account values (i, 0, repeat('x', 200));
    set i = i + 1;
  end while;
  commit;
end //
create procedure transfer(many int) begin
  declare i int default 0;
  declare a, b, moved int;
  while i < many do
    -- The smaller first: two transfers then never wait for each other.
    set a = floor(rand() * ${accounts}), b = floor(a + rand() * (${accounts} - a)), moved = floor(rand() * 100);
    start transaction;
    update account set balance = balance - moved, padding = repeat(i % 10, 200) where id = a;
    update account set balance = balance + moved, padding = repeat(i % 10, 200) where id = b;
    insert into ledger (source, target, amount) values (a, b, moved);
    commit;
    set i = i + 1;
  end while;
end //
delimiter ;
call fill();`

const invariant = `
select concat('there are ', count(*), ' accounts, not ${accounts}') from account having count(*) <> ${accounts};
select concat('the balances add up to ', sum(balance)) from account having sum(balance) <> 0;
select concat('account ', id, ' has ', balance, ', by the ledger ', due)
  from (select id, balance, coalesce((select sum(amount) from ledger where target = account.id), 0)
      - coalesce((select sum(amount) from ledger where source = account.id), 0) as due from account) each_account
  where balance <> due limit 5;
select concat('the ledger has ', a, ' rows, by its indexes ', b, ' and ', c)
  from (select (select count(*) from ledger force index (primary)) as a,
    (select count(*) from ledger force index (source)) as b,
    (select count(*) from ledger force index (target)) as c) counts
  where a <> b or a <> c;`

/** One line a table, which ends with OK; what is wrong comes on lines of its own. */
async function tableCheck(inside: Inside, command: readonly string[]): Promise<string[]> {
  const found = sentences(await inside(...command))
  const good = found.filter((line) => /^app\.\w+\s+OK$/.test(line))
  return good.length === 2 && found.length === 2 ? [] : ['CHECK TABLE is not content', ...found]
}
