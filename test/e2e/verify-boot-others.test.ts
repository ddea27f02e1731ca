/** verify --boot of databases other than Postgres: each is asked in its own way, and its word counts. */
import { open } from 'node:fs/promises'
import path from 'node:path'
import { expect, test } from 'vitest'
import { expectDone, onlyReference } from './checks.ts'
import { scenario } from './scenario.ts'

const bed = await scenario('boot-others')

type Server = {
  readonly title: string
  readonly image: string
  readonly data: string
  readonly environment?: Readonly<Record<string, string>>
  readonly command?: readonly string[]
  /** Succeeds while it answers. */
  readonly ping: readonly string[]
  /** Succeeds once the server has been filled and can be killed. */
  readonly fill: readonly string[]
  /** What is said of a good one. */
  readonly good: RegExp
  /** Damages the files in the volume, which is the working directory. */
  readonly damage: string
  readonly bad: RegExp
}

const servers: readonly Server[] = [
  {
    title: 'MariaDB',
    image: bed.images.mariadb,
    data: '/var/lib/mysql',
    environment: { MARIADB_ROOT_PASSWORD: 'secret' },
    ping: ['mariadb-admin', '-uroot', '-psecret', '-h127.0.0.1', 'ping'],
    fill: [
      'sh',
      '-c',
      'mariadb -uroot -psecret -h127.0.0.1 -e "CREATE DATABASE shop; USE shop; CREATE TABLE t (id int PRIMARY KEY, x varchar(200), KEY (x)); INSERT INTO t SELECT seq, repeat(md5(seq), 5) FROM seq_1_to_5000"',
    ],
    good: /^MariaDB.*CHECK TABLE of \d+ tables, a full dump/,
    damage:
      'for page in 20 21 22; do head -c 3000 /dev/urandom | dd of=shop/t.ibd bs=1 seek=$((16384 * page + 1000)) conv=notrunc; done',
    bad: /CHECK TABLE|dump|not start/,
  },
  {
    title: 'Redis',
    image: bed.images.redis,
    data: '/data',
    ping: ['redis-cli', 'ping'],
    fill: [
      'sh',
      '-c',
      'for i in 1 2 3; do redis-cli set key$i value || exit; done; redis-cli save | grep OK',
    ],
    good: /^Redis.*the dump dump.rdb, load of 3 keys$/,
    damage: 'head -c 4 /dev/urandom | dd of=dump.rdb bs=1 seek=$(($(stat -c %s dump.rdb) - 20)) conv=notrunc',
    bad: /The dump dump\.rdb is damaged:/,
  },
  {
    title: 'Valkey',
    image: bed.images.valkey,
    data: '/data',
    ping: ['valkey-cli', 'ping'],
    command: ['valkey-server', '--appendonly', 'yes', '--appendfsync', 'always'],
    fill: ['sh', '-c', 'for i in 1 2 3 4; do valkey-cli set key$i value || exit; done'],
    good: /^Valkey.*load of 4 keys$/,
    damage: "printf '########' | dd of=$(ls appendonlydir/*.incr.aof) bs=1 seek=30 conv=notrunc",
    bad: /does not load its data:/,
  },
]

async function boot(volume: string) {
  const reference = onlyReference(await bed.vol('snapshot', '--quiet', volume))
  const { exitCode, stdout, stderr } = await bed.vol('verify', '--boot', '--format=json', reference)
  const row: { readonly Boot: { readonly Result: string; readonly About: string } | null } =
    JSON.parse(stdout)
  return { exitCode, boot: row.Boot, stderr }
}

test.each(servers)(
  'verify --boot must let $title recover, check itself, and say what is wrong',
  async (server) => {
    const { image, data, environment = {}, command } = server
    const volume = await bed.volume('data')
    const container = await bed.container({
      image,
      volumes: { [volume]: data },
      environment,
      ...(command === undefined ? {} : { command }),
      more: ['--network=none'],
    })
    const filled = () => bed.tryDocker('exec', container, ...server.fill)
    await expect.poll(async () => (await filled()).exitCode, { timeout: 90_000, interval: 500 }).toBe(0)
    await bed.docker('kill', container)
    const good = await boot(volume)
    expect(good.exitCode, good.stderr).toBe(0)
    expect(good.boot).toMatchObject({ Result: 'good', About: expect.stringMatching(server.good) })
    // Ended well, so that no recovery writes the damaged places anew.
    await bed.docker('start', container)
    const answers = async () => (await bed.tryDocker('exec', container, ...server.ping)).exitCode
    await expect.poll(answers, { timeout: 60_000, interval: 300 }).toBe(0)
    await bed.docker('stop', '--time=60', container)
    await bed.shell(volume, server.damage)
    const bad = await boot(volume)
    expect(bad.exitCode, bad.stderr).toBe(3)
    expect(bad.boot).toMatchObject({ Result: 'damaged', About: expect.stringMatching(server.bad) })
  },
)

test('verify --boot must ask SQLite for the integrity of every file', async () => {
  const volume = await bed.volume('files')
  const make =
    'sqlite3 /data/app.db "CREATE TABLE t (x TEXT PRIMARY KEY); WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000) INSERT INTO t SELECT hex(randomblob(20)) FROM n"'
  await bed.container({
    image: bed.images.sqlite,
    volumes: { [volume]: '/data' },
    command: ['sh', '-c', `${make}; cp /data/app.db /data/other.db; touch /data/done`],
  })
  const done = () => bed.shell(volume, 'ls')
  await expect.poll(done, { timeout: 60_000, interval: 300 }).toContain('done')
  const good = await boot(volume)
  expect(good.exitCode, good.stderr).toBe(0)
  expect(good.boot?.About).toMatch(
    /SQLite.* in app\.db: integrity_check; SQLite.* in other\.db: integrity_check/,
  )
  const handle = await open(path.join(await bed.mountpoint(volume), 'other.db'), 'r+')
  await handle.write(Buffer.alloc(3000, 'x'), 0, 3000, 4096 * 20 + 500)
  await handle.close()
  const bad = await boot(volume)
  expect(bad.exitCode, bad.stderr).toBe(3)
  expect(bad.boot?.About).toMatch(/in other\.db: integrity_check found damage:/)
  expectDone(await bed.vol('snapshots', volume))
})
