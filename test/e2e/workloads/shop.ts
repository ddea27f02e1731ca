import type { Compose } from '../compose.ts'
import type { Scenario } from '../scenario.ts'
import { sentences } from './database.ts'
import { startServer } from './server.ts'

/** The volumes of a shop: its Postgres database, and the files that its web service keeps beside it. */
export type ShopVolumes = { readonly data: string; readonly uploads: string }

/** A Compose project whose service `web` writes into two volumes, in an order that a copy of one instant shows. */
export type Shop = {
  readonly compose: Compose
  readonly volumes: ShopVolumes
  /** The container of a service, as it is now. */
  container(service: 'db' | 'web'): Promise<string>
  /** How many orders are in the database by now. The service `db` must run. */
  orders(): Promise<number>
  /** What does not hold in copies of both volumes, a sentence each. It changes the copies. */
  check(copies: ShopVolumes): Promise<readonly string[]>
}

/**
 * Starts a project of a database with a health check, and of a writer that depends on it. For each order the writer
 * first writes a file, then the order and its lines in one transaction. So at any instant every order has its file,
 * and there is at most one file more; copies of the two volumes that were not made at one instant differ by more.
 */
export async function startShop(bed: Scenario, project?: string): Promise<Shop> {
  const image = bed.images.postgres17
  const compose = await bed.compose(
    {
      services: {
        db: {
          image,
          pull_policy: 'never',
          command: ['postgres', '-c', 'checkpoint_timeout=30s', '-c', 'max_wal_size=64MB'],
          environment: { POSTGRES_PASSWORD: 'not-secret', POSTGRES_DB: 'shop', POSTGRES_USER: 'keeper' },
          volumes: ['data:/var/lib/postgresql/data'],
          healthcheck: { test: ['CMD', ...ready], ...often },
          stop_grace_period: '90s',
        },
        web: {
          image,
          pull_policy: 'never',
          init: true,
          entrypoint: ['bash', '-euc'],
          // A dollar sign is Compose's own.
          command: [writer.replaceAll('$', '$$$$')],
          environment: { PGPASSWORD: 'not-secret', PGHOST: 'db', PGUSER: 'keeper', PGDATABASE: 'shop' },
          volumes: ['uploads:/uploads'],
          depends_on: { db: { condition: 'service_healthy' } },
          healthcheck: { test: ['CMD', 'test', '-s', '/uploads/3'], ...often },
          stop_grace_period: '2s',
        },
      },
      volumes: { data: null, uploads: null },
    },
    project,
  )
  await compose.up()
  const count = [
    'psql',
    '--username=keeper',
    '--dbname=shop',
    '--tuples-only',
    '--command=select count(*) from orders',
  ]
  return {
    compose,
    volumes: { data: compose.volume('data'), uploads: compose.volume('uploads') },
    container: async (service) => (await compose.run('ps', '--all', '--quiet', service)).stdout.trim(),
    orders: async () => Number((await compose.exec('db', ...count)).stdout),
    check: (copies) => check(bed, copies),
  }
}

/** Often at first; then every check would be one more program to start for the machine. */
const often = { start_period: '60s', start_interval: '300ms', interval: '10s', retries: 12 }

const ready = ['pg_isready', '--username=keeper', '--dbname=shop', '--host=127.0.0.1']

const writer = `
sql() { psql --no-psqlrc --quiet --tuples-only --no-align --set=ON_ERROR_STOP=1 "$@"; }
until sql --command='
  create table if not exists orders (n int primary key, total int not null);
  create table if not exists lines (n int not null references orders, price int not null)'; do sleep 0.2; done
while :; do
  until n=$(sql --command='select coalesce(max(n), 0) + 1 from orders'); do sleep 0.2; done
  while :; do
    echo "order $n" >/uploads/.new
    mv /uploads/.new "/uploads/$n"
    sql --command="begin; insert into orders values ($n, 6 * $n);
      insert into lines values ($n, $n), ($n, 2 * $n), ($n, 3 * $n); commit" || break
    n=$((n + 1))
    sleep 0.03
  done
done`

async function check(bed: Scenario, { data, uploads }: ShopVolumes): Promise<readonly string[]> {
  const { container, inside, failure } = await startServer(bed, {
    image: bed.images.postgres17,
    volumes: { [data]: '/var/lib/postgresql/data', [uploads]: '/uploads:ro' },
    ready,
  })
  try {
    if (failure !== undefined) return [failure]
    const psql = ['psql', '--username=keeper', '--dbname=shop', '--no-psqlrc', '--tuples-only', '--no-align']
    return sentences(await inside(...psql, '--set=ON_ERROR_STOP=1', '--file=-', { input: invariant }))
  } finally {
    await bed.docker('rm', '--force', '--volumes', container)
  }
}

const invariant = `
with files as (select name::int as n from pg_ls_dir('/uploads') as name where name ~ '^[0-9]+$'),
  counts as (select (select count(*) from orders) as orders, (select count(*) from files) as files,
    (select count(*) from orders where n not in (select n from files)) as lost)
select format('%s orders, %s files, %s orders without a file', orders, files, lost)
  from counts where orders = 0 or lost > 0 or files - orders not in (0, 1)
union all
select format('order %s is of %s, its lines of %s', n, total, due)
  from (select n, total, (select sum(price) from lines where lines.n = orders.n) as due from orders) as sums
  where due is distinct from total;`
