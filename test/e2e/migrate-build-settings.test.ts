/** What is not rows comes along, too: how a cluster was made, its settings, who may log in, closed databases. */
import path from 'node:path'
import { execa } from 'execa'
import { describe, expect, test } from 'vitest'
import { isVolError } from '../../src/errors.ts'
import { lookAtImage } from '../../src/migrate/look-at-image.ts'
import { buildCluster, type BuildRequest } from '../../src/migrate/build/build.ts'
import { ask } from '../../src/migrate/build/shell.ts'
import type { MigrationMethod } from '../../src/migrate/cluster.ts'
import { compareManifests, unexplained } from '../../src/migrate/prove/compare.ts'
import { describeDifference } from '../../src/migrate/prove/describe.ts'
import { takeManifest, type Manifest } from '../../src/migrate/prove/manifest.ts'
import type { PostgresServer } from '../../src/migrate/server.ts'
import { clusterIn, copyToBuildIn, worldOf } from './migration/build.ts'
import { startPostgres } from './native-server.ts'
import { rounds, scenario } from './scenario.ts'

const bed = await scenario('migrate-settings')
const data = '/var/lib/postgresql/data'
const owner = { POSTGRES_USER: 'owner of all', POSTGRES_PASSWORD: 'a secret', POSTGRES_DB: 'shop' }

/** psql with the owner's password, over TCP as an application. */
const login = (container: string, sql: string) =>
  bed.tryDocker('exec', '--env=PGPASSWORD=a secret', container, ...psql, '-c', sql)
const psql = [
  'psql',
  '-XAtqw',
  '-h',
  '127.0.0.1',
  '-U',
  'owner of all',
  '-d',
  'shop',
  '-v',
  'ON_ERROR_STOP=1',
]

/** A cluster of 13 in which nothing is as usual, stopped in the middle of things. */
async function unusualSource(): Promise<string> {
  const { container, volume } = await startPostgres(bed, {
    major: 13,
    environment: {
      ...owner,
      POSTGRES_INITDB_ARGS:
        '--wal-segsize=64 --data-checksums --auth=scram-sha-256 --locale=C --encoding=LATIN1',
    },
  })
  const sql = [
    'CREATE TABLE orders AS SELECT g AS id, md5(g::text) AS name FROM generate_series(1, 1000) g',
    'CREATE DATABASE closed',
    `ALTER SYSTEM SET vacuum_cleanup_index_scale_factor = 0.2`,
    `ALTER SYSTEM SET work_mem = '7MB'`,
    'CREATE EXTENSION hstore VERSION "1.6"',
  ]
  for (const each of sql) {
    const { exitCode, stderr } = await login(container, each)
    expect(exitCode, stderr).toBe(0)
  }
  const inside = `
    export PGPASSWORD='a secret'
    psql -XAtqw -U 'owner of all' -d closed -c 'CREATE TABLE hidden AS SELECT 42 AS answer'
    psql -XAtqw -U 'owner of all' -d shop -c 'ALTER DATABASE closed ALLOW_CONNECTIONS false'
    cd ${data} && mkdir conf.d keys && echo key >keys/server.key &&
    { echo "include 'conf.d/more.conf'"; echo "hba_file = '${data}/pg_hba.conf'"; echo "data_directory = '${data}'"; } >>postgresql.conf &&
    { echo 'operator_precedence_warning = off'; echo "maintenance_work_mem = '77MB'"; } >conf.d/more.conf &&
    { echo 'hostssl all all 10.0.0.0/8 cert clientcert=1'; echo 'host all nobody 10.1.0.0/16 md5'; } >>pg_hba.conf &&
    printf 'staff\\tk\\303\\266nig\\t"owner of all"\\n' >>pg_ident.conf`
  const made = await bed.tryDocker('exec', '--user=postgres', container, 'sh', '-euc', inside)
  expect(made.exitCode, made.stderr).toBe(0)
  await bed.docker('kill', container)
  return volume
}

async function build(source: string, method: MigrationMethod, more: Partial<BuildRequest> = {}) {
  const volume = await copyToBuildIn(bed, source)
  const answers: string[] = []
  const manifests: Manifest[] = []
  const look = async (server: PostgresServer) => {
    const rows = await ask(
      server,
      'read',
      'SELECT count(*), md5(string_agg(name, id::text)) FROM orders',
      'shop',
    )
    const hidden = await ask(server, 'read', 'SELECT answer FROM hidden', 'closed')
    answers.push(`${server.installUser}: ${rows}${hidden}`)
    manifests.push(await takeManifest(server, { method }))
  }
  const built = await buildCluster(
    {
      world: worldOf(bed),
      volume,
      operation: bed.name('build'),
      oldImage: bed.images.postgres13,
      newImage: await lookAtImage(worldOf(bed), bed.images.postgres17),
      cluster: await clusterIn(bed, volume, bed.images.postgres13),
      method,
      jobs: 2,
      oldMountPath: data,
      task: { update() {}, finish() {}, fail() {} },
      ...more,
    },
    { before: look, after: look },
  ).catch((error: unknown) => {
    throw isVolError(error) ? new Error(`${error.message}\n${error.output}`, { cause: error }) : error
  })
  const [before, after] = manifests
  if (before === undefined || after === undefined) throw new Error('a hook was not called')
  const differences = compareManifests(before, after, { method, fromMajor: 13, toMajor: 17 })
  return { volume, built, answers, before, differences }
}

/** The new cluster as the image itself runs it. */
async function run(volume: string): Promise<string> {
  const target = await bed.volume('target')
  const from = path.join(await bed.mountpoint(volume), 'new')
  await execa('cp', ['--archive', '--no-target-directory', from, await bed.mountpoint(target)])
  const container = await bed.container({
    image: bed.images.postgres17,
    volumes: { [target]: data },
    environment: owner,
    more: ['--network=none'],
  })
  const ready = async () => (await login(container, 'SELECT 1')).exitCode
  await expect.poll(ready, { timeout: 60_000, interval: 300 }).toBe(0)
  return container
}

const methods: readonly MigrationMethod[] = ['upgrade', 'dump']

describe('an unusual cluster', () => {
  test('must keep its checksums, segments, locale, settings, logins and closed databases', async () => {
    const source = await unusualSource()
    for (const method of methods.slice(0, Math.min(2, rounds(1)))) {
      const { volume, built, answers, before, differences } = await build(source, method)
      expect(unexplained(differences).map(describeDifference)).toEqual([])
      const logins = before.facts.filter(({ kind }) => kind === 'logins')
      expect(JSON.stringify(logins)).toMatch(/10\.1\.0\.0\/16 md5.*staff\\tk\\\\303\\\\266nig/)
      const notTaken = differences.filter(({ kind }) => kind === 'logins')
      expect(notTaken.map(({ name, legitimate }) => `${name}: ${legitimate?.id}`)).toContain(
        'pg_hba.conf: login-rule-not-taken',
      )
      expect(answers[0]).toMatch(/^owner of all: 1000\t.*\n42\n$/)
      expect(answers[1]).toBe(answers[0])
      const container = await run(volume)
      const show = async (sql: string) => (await login(container, sql)).stdout.trim()
      expect(await show('SHOW server_version_num')).toMatch(/^17/)
      expect(await show('SHOW data_checksums')).toBe('on')
      expect(await show('SHOW wal_segment_size')).toBe('64MB')
      expect(await show('SHOW work_mem')).toBe('7MB')
      expect(await show('SHOW maintenance_work_mem')).toBe('77MB')
      expect(await show('SHOW fsync')).toBe('on')
      expect(await show('SHOW listen_addresses')).toBe('*')
      const database = `SELECT pg_encoding_to_char(encoding), datcollate FROM pg_database WHERE datname = 'shop'`
      expect(await show(database)).toBe('LATIN1|C')
      expect(await show(`SELECT datallowconn FROM pg_database WHERE datname = 'closed'`)).toBe('f')
      expect(
        await show(
          `SELECT installed_version = default_version FROM pg_available_extensions WHERE name = 'hstore'`,
        ),
      ).toBe('t')
      expect(await show(`SELECT count(*) FROM pg_stats WHERE tablename = 'orders'`)).toBe('2')
      expect(await show('SELECT count(*) FROM pg_file_settings WHERE error IS NOT NULL')).toBe('0')
      expect(await show('SELECT count(*) FROM pg_hba_file_rules WHERE error IS NOT NULL')).toBe('0')
      const rule = `SELECT count(*) FROM pg_hba_file_rules WHERE user_name = '{nobody}' AND auth_method = 'md5'`
      expect(await show(rule)).toBe('1')
      // A password is asked for, as it was.
      const wrong = await bed.tryDocker(
        'exec',
        '--env=PGPASSWORD=wrong',
        container,
        ...psql,
        '-c',
        'SELECT 1',
      )
      expect(wrong.stderr).toContain('password authentication failed')
      expect(await bed.shell(volume, 'cat new/keys/server.key')).toBe('key\n')
      for (const gone of [
        'vacuum_cleanup_index_scale_factor',
        'operator_precedence_warning',
        'data_directory',
        'clientcert=1',
      ])
        expect(built.notes.filter((note) => note.includes(gone))).toHaveLength(1)
    }
  })
})
