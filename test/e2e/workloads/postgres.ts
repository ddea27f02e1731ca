import type { ImageName } from '../../bed/recipes.ts'
import { type Database, sentences } from './database.ts'
import type { Inside } from './server.ts'

/** pgbench's tables: 100,000 accounts, 10 tellers and a branch for each step. */
const scale = 3

/**
 * Postgres under pgbench: each transaction adds the same amount to an account, a teller and a branch, and writes it
 * into the history. Checkpoints come as often as they can, because they are what a copy of a live folder breaks on.
 */
export function postgres(major: 13 | 15 | 17 | 18): Database {
  const image: ImageName = `postgres${major}`
  return {
    image,
    volumeAt: major >= 18 ? '/var/lib/postgresql' : '/var/lib/postgresql/data',
    environment: { POSTGRES_PASSWORD: 'not secret' },
    command: [
      'postgres',
      ...['checkpoint_timeout=30s', 'max_wal_size=64MB', 'min_wal_size=32MB'].flatMap((each) => ['-c', each]),
    ],
    // Over the network, because the server that only prepares the database does not listen there.
    ready: [...psql, '--host=127.0.0.1', '--command=select 1'],
    prepare: (inside) => inside(...pgbench, '--initialize', '--quiet', `--scale=${scale}`),
    writers: [
      [...pgbench, '--no-vacuum', '--client=4', '--protocol=prepared', '--time=2'],
      ['sh', '-c', `for i in 1 2 3; do ${psql.join(' ')} --command=checkpoint; sleep 0.5; done`],
    ],
    count: [...psql, '--command=select count(*) from pgbench_history'],
    durable: true,
    turnover: 3000,
    spoil: [...psql, '--command=update pgbench_accounts set abalance = abalance + 1 where aid = 7'],
    problems: async (inside) => [
      ...sentences(await inside(...psql, '--file=-', { input: invariant })),
      ...sentences(await inside('sh', '-c', 'gosu postgres pg_dumpall >/dev/null')),
      ...(major >= 14 ? await amcheck(inside) : await indexCheck(inside)),
    ],
  }
}

const pgbench = ['gosu', 'postgres', 'pgbench']
const quiet = ['--no-psqlrc', '--quiet', '--tuples-only', '--no-align']
const psql = ['gosu', 'postgres', 'psql', ...quiet, '--set=ON_ERROR_STOP=1']

// Rows are counted in the tables themselves: an index would not show one that is there twice.
const invariant = `
set enable_indexscan = off; set enable_indexonlyscan = off; set enable_bitmapscan = off;
with sums as (
  select (select sum(abalance) from pgbench_accounts) as accounts,
         (select sum(tbalance) from pgbench_tellers) as tellers,
         (select sum(bbalance) from pgbench_branches) as branches,
         (select coalesce(sum(delta), 0) from pgbench_history) as history
), counts as (
  select 'pgbench_accounts' as name, count(*) as rows, count(distinct aid) as keys, ${scale} * 100000 as wanted
    from pgbench_accounts
  union all
  select 'pgbench_tellers', count(*), count(distinct tid), ${scale} * 10 from pgbench_tellers
  union all
  select 'pgbench_branches', count(*), count(distinct bid), ${scale} from pgbench_branches
)
select format('sums differ: accounts %s, tellers %s, branches %s, history %s', accounts, tellers, branches, history)
  from sums where not (accounts = history and tellers = history and branches = history)
union all
select format('%s has %s rows and %s keys instead of %s', name, rows, keys, wanted)
  from counts where rows <> wanted or keys <> wanted;`

async function amcheck(inside: Inside): Promise<string[]> {
  const options = ['--all', '--heapallindexed', '--install-missing', '--no-strict-names']
  return sentences(await inside('gosu', 'postgres', 'pg_amcheck', ...options))
}

/** Before 14 there is no pg_amcheck. */
async function indexCheck(inside: Inside): Promise<string[]> {
  const check = `create extension if not exists amcheck;
    select bt_index_check(c.oid, true) from pg_class c join pg_am a on a.oid = c.relam
      where a.amname = 'btree' and c.relkind = 'i' and c.relpersistence <> 't' \\g /dev/null`
  return sentences(await inside(...psql, '--file=-', { input: check }))
}
