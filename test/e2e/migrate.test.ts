/** migrate: a Postgres comes to another version whole, can be taken back, and nothing is touched before that is sure. */
import { beforeAll, describe, expect, test } from 'vitest'
import { expectDone, expectExit, startedAt, statesOf } from './checks.ts'
import { expectEmptyJournal } from './left-behind.ts'
import { query, startPostgres } from './native-server.ts'
import { scenario } from './scenario.ts'

const bed = await scenario('migrate-whole')
const patience = 240_000

const fill = `
CREATE TABLE orders (id bigint PRIMARY KEY, what text NOT NULL);
INSERT INTO orders SELECT g, md5(g::text) FROM generate_series(1, 5000) g;
CREATE INDEX ON orders (what);
CREATE ROLE clerk LOGIN PASSWORD 'also not secret';
GRANT SELECT ON orders TO clerk;
CREATE SEQUENCE numbers START 41;
SELECT nextval('numbers');
`
const digest = `
SELECT count(*) || md5(string_agg(o::text, ',' ORDER BY id)) FROM orders o;
SELECT last_value FROM numbers;
SELECT rolpassword FROM pg_authid WHERE rolname = 'clerk';
SELECT has_table_privilege('clerk', 'orders', 'SELECT');
`
const major = (container: string) =>
  query(bed, container, `SELECT current_setting('server_version_num')::int / 10000`)

/** A server with something in it, and what that is. */
async function filled(version: 15 | 17): Promise<{ container: string; volume: string; before: string }> {
  const server = await startPostgres(bed, { major: version, settings: ['max_connections=30'] })
  await query(bed, server.container, fill)
  await query(bed, server.container, `ALTER SYSTEM SET work_mem = '7MB'`)
  return { ...server, before: await query(bed, server.container, digest) }
}

/** Every row and every definition, in the words of the server's own programs. */
async function dumpOf(container: string): Promise<string> {
  const { stdout } = await bed.docker('exec', '--user=postgres', container, 'pg_dumpall')
  expect(stdout).toContain('COPY public.orders')
  // A token that is another each time.
  return stdout.replaceAll(/^\\(un)?restrict .*$/gm, '')
}

/** A container of another version on a volume, ready for requests. */
async function started(version: 15 | 17 | 18, volume: string, at: string): Promise<string> {
  const container = await bed.container({
    image: bed.images[`postgres${version}`],
    volumes: { [volume]: at },
    command: ['postgres'],
    more: ['--network=none'],
  })
  const ready = () => bed.tryDocker('exec', container, 'pg_isready', '--host=127.0.0.1', '--quiet')
  await expect.poll(async () => (await ready()).exitCode, { timeout: 60_000, interval: 200 }).toBe(0)
  return container
}

/** Neither in the journal nor among the volumes is anything left of a run with -D, which names all that it made. */
async function expectNothingLeft(said = ''): Promise<void> {
  await expectEmptyJournal(bed)
  for (const volume of new Set(said.match(/docker-vol-scratch-[0-9a-f]+/g)))
    expect((await bed.tryDocker('volume', 'inspect', volume)).exitCode, volume).not.toBe(0)
}

test(
  'migrating in place must keep every row, and undo must bring the old server back',
  { timeout: patience },
  async () => {
    const { container, volume, before } = await filled(15)
    const everything = await dumpOf(container)
    const done = await bed.vol(
      'migrate',
      '-D',
      '--yes',
      '--format=json',
      volume,
      '--to',
      bed.images.postgres17,
    )
    const report: Report = JSON.parse(expectDone(done))
    expect(report).toMatchObject({
      Volume: volume,
      Into: volume,
      Method: 'upgrade',
      Login: 'password',
      Stopped: [container],
      MountPath: '/var/lib/postgresql/data',
      Rehearsal: { Possible: true, Method: 'upgrade', Login: 'password' },
    })
    expect(report.DowntimeSeconds).toBeGreaterThan(0)
    expect(JSON.stringify(report), 'options of the old server are taken').not.toContain('does not take')
    expect(await statesOf(bed, container)).toEqual(['exited'])
    const next = await started(17, volume, '/var/lib/postgresql/data')
    expect(await major(next)).toBe('17')
    expect(await query(bed, next, digest)).toBe(before)
    expect(await query(bed, next, 'SHOW work_mem')).toBe('7MB')
    // What the new server does to its files is none of the old one's business.
    await query(
      bed,
      next,
      `DELETE FROM orders WHERE id % 2 = 0; UPDATE orders SET what = 'new'; CREATE TABLE later (); CHECKPOINT`,
    )

    const undone = await bed.vol('undo', '--yes', volume)
    expect(expectDone(undone)).toBe(`${volume}\n`)
    expect(undone.stderr).toContain(`Started ${container}.`)
    expect(await statesOf(bed, next, container)).toEqual(['exited', 'running'])
    await expect.poll(() => major(container).catch(() => ''), { timeout: 30_000 }).toBe('15')
    expect(await query(bed, container, digest)).toBe(before)
    expect(await dumpOf(container)).toBe(everything)
    expect(done.stderr).toContain('docker-vol-scratch-')
    await expectNothingLeft(done.stderr)
  },
)

type Report = { readonly DowntimeSeconds: number }

test(
  'migrating into another volume by a dump must leave the old one and its server alone',
  { timeout: patience },
  async () => {
    const { container, volume, before } = await filled(17)
    const into = bed.name('into')
    const words = ['--into', into, '--method', 'dump', volume, '--to', bed.images.postgres18]
    const done = await bed.vol('migrate', '-D', '--yes', ...words)
    expect(expectDone(done)).toBe(`${into}\n`)
    expect(await statesOf(bed, container)).toEqual(['running'])
    expect(await query(bed, container, digest)).toBe(before)
    // Where the image of 18 looks for it, below its own mount.
    const next = await started(18, into, '/var/lib/postgresql')
    expect(await query(bed, next, 'SHOW data_directory')).toBe('/var/lib/postgresql/18/docker')
    expect(await query(bed, next, digest)).toBe(before)
    expectExit(await bed.vol('undo', '--yes', into), 4)
    await expectNothingLeft(done.stderr)
  },
)

describe('a server that runs', () => {
  let container: string
  let volume: string
  let before: string
  let since: string
  beforeAll(async () => {
    ;({ container, volume, before } = await filled(15))
    since = await startedAt(bed, container)
  }, patience)
  const expectUntouched = async (said?: string) => {
    expect(await startedAt(bed, container)).toBe(since)
    expect(await statesOf(bed, container)).toEqual(['running'])
    expect(await query(bed, container, digest)).toBe(before)
    await expectNothingLeft(said)
  }

  test(
    'must be left alone by a rehearsal, which says how long it would be stopped',
    { timeout: patience },
    async () => {
      const words = ['-D', '--rehearse', '--format=json', volume, '--to', bed.images.postgres17]
      const done = await bed.vol('migrate', ...words)
      const report: Report = JSON.parse(expectDone(done))
      expect(report).toMatchObject({ Possible: true, Method: 'upgrade', Login: 'password' })
      expect(report).toMatchObject({ ExpectedDowntimeSeconds: expect.any(Number) })
      expect(report).toMatchObject({ Snapshot: expect.stringContaining(`${volume}@`) })
      await expectUntouched(done.stderr)
    },
  )

  test('must be left alone by a dry run, which shows the plan', async () => {
    const planned = await bed.vol('migrate', '--dry-run', volume, '--to', bed.images.postgres18)
    expect(expectDone(planned)).toMatch(/1\. snapshot .* \(native\), and try pg_upgrade from 15 to 18/)
    expect(planned.stdout).toMatch(
      /stop .*\n2\. migrate a copy of .*, to be mounted at \/var\/lib\/postgresql /,
    )
    await expectUntouched()
  })

  test('must not be stopped without anybody having agreed to that', async () => {
    expectExit(await bed.vol('migrate', volume, '--to', bed.images.postgres17), 5, 'no terminal')
    await expectUntouched()
  })

  test('must not be led back to an older version', async () => {
    expectExit(await bed.vol('migrate', '--yes', volume, '--to', bed.images.postgres13), 5, 'older version')
    await expectUntouched()
  })

  test('must not be migrated by what is no Postgres, or not there', async () => {
    expectExit(await bed.vol('migrate', '--yes', volume, '--to', bed.images.redis), 4, 'no Postgres server')
    expectExit(await bed.vol('migrate', '--dry-run', volume, '--to', 'no-such:image'), 4, 'no image')
    await expectUntouched()
  })

  test('must not be migrated while a prepared transaction waits to be decided', async () => {
    const other = await startPostgres(bed, { major: 15, settings: ['max_prepared_transactions=2'] })
    await query(
      bed,
      other.container,
      `CREATE TABLE t (); BEGIN; CREATE TABLE u (); PREPARE TRANSACTION 'left'`,
    )
    const refused = await bed.vol('migrate', '--yes', other.volume, '--to', bed.images.postgres17)
    expectExit(refused, 5, 'prepared-transactions')
    expect(refused.stderr).toContain('left')
    expect(await statesOf(bed, other.container)).toEqual(['running'])
  })
})

test('a volume without Postgres must be refused', async () => {
  const volume = await bed.volume()
  expectExit(await bed.vol('migrate', '--yes', volume, '--to', bed.images.postgres17), 5, 'holds no Postgres')
  expectExit(await bed.vol('migrate', '--yes', 'no-such-volume', '--to', bed.images.postgres17), 4)
})
