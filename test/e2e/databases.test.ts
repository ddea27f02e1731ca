/** What volumes hold, held against what the databases themselves say of their data. */
import { beforeAll, describe, expect, test, vi } from 'vitest'
import type { ImageName } from '../bed/recipes.ts'
import { expectDone, onlyReference } from './checks.ts'
import { scenario } from './scenario.ts'

const bed = await scenario('databases')

type Server = {
  readonly image: ImageName
  readonly at: string
  readonly environment?: Readonly<Record<string, string>>
  /** Succeeds once it takes connections. */
  readonly ready: readonly string[]
  /** What `ls` must say. */
  readonly words: RegExp
  readonly path: string
}

const psql = [
  'gosu',
  'postgres',
  'psql',
  '--no-psqlrc',
  '--quiet',
  '--tuples-only',
  '--no-align',
  '--command',
]
const sql = (client: string) => [
  client,
  '--host=127.0.0.1',
  '--user=root',
  '--password=x',
  '--batch',
  '--skip-column-names',
  '--execute',
]

const majors = [13, 15, 17, 18] as const
const servers: readonly Server[] = [
  ...majors.map((major): Server => ({
    image: `postgres${major}`,
    at: major >= 18 ? '/var/lib/postgresql' : '/var/lib/postgresql/data',
    environment: { POSTGRES_PASSWORD: 'x' },
    ready: ['pg_isready', '--host=127.0.0.1'],
    words: new RegExp(`^postgres ${major}$`),
    path: major >= 18 ? '18/docker' : '.',
  })),
  {
    image: 'mariadb',
    at: '/var/lib/mysql',
    environment: { MARIADB_ROOT_PASSWORD: 'x' },
    ready: [...sql('mariadb'), 'select 1'],
    words: /^mariadb 11\.8$/,
    path: '.',
  },
  {
    image: 'mysql',
    at: '/var/lib/mysql',
    environment: { MYSQL_ROOT_PASSWORD: 'x' },
    ready: [...sql('mysql'), 'select 1'],
    words: /^mysql 9\.\d$/,
    path: '.',
  },
  ...(['redis', 'valkey'] as const).map((image) => ({
    image,
    at: '/data',
    ready: [`${image}-cli`, 'save'],
    words: new RegExp(`^${image} 8\\.\\d$`),
    path: '.',
  })),
]

type Started = Server & { readonly volume: string; readonly container: string }

type Database = {
  readonly Kind: string
  readonly Version: string | null
  readonly Path: string
  readonly RecognisedBy: string
  readonly Details: Readonly<Record<string, string>>
}

const started = new Map<ImageName, Started>()
/** What `inspect` tells of each of their volumes. */
const inspections = new Map<string, readonly Database[]>()

beforeAll(async () => {
  for (const server of servers) {
    const { image, at, environment = {} } = server
    const volume = await bed.volume(image)
    const request = { image: bed.images[image], volumes: { [volume]: at }, environment }
    started.set(image, { ...server, volume, container: await bed.container(request) })
  }
  for (const { container, ready } of started.values())
    await vi.waitFor(() => bed.docker('exec', container, ...ready), { timeout: 90_000, interval: 500 })
  // The next one comes in five minutes, so that what we see is what they say afterwards.
  for (const major of majors) await answer(serverOf(`postgres${major}`), ...psql, 'checkpoint')
  const volumes = [...started.values()].map(({ volume }) => volume)
  for (const [volume, databases] of await inspected(volumes)) inspections.set(volume, databases)
}, 150_000)

function serverOf(image: ImageName): Started {
  const server = started.get(image)
  if (server === undefined) throw new Error(`${image} was not started`)
  return server
}

/** The databases that `inspect` tells of volumes. */
async function inspected(
  volumes: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<ReadonlyMap<string, readonly Database[]>> {
  const printed = expectDone(await bed.vol('inspect', ...volumes, { environment }))
  const found: readonly { readonly Name: string; readonly Databases: readonly Database[] }[] =
    JSON.parse(printed)
  return new Map(found.map(({ Name, Databases }) => [Name, Databases]))
}

/** The only database that was found in the volume of a server. */
function onlyIn({ volume }: Started): Database {
  const [database, ...more] = inspections.get(volume) ?? []
  expect(more).toEqual([])
  if (database === undefined) throw new Error(`nothing was found in ${volume}`)
  return database
}

/** What `ls` says that a volume holds. */
async function contents(volume: string, ...more: readonly string[]): Promise<string> {
  const list = expectDone(await bed.vol('ls', `--filter=name=${volume}`, '--no-trunc', ...more))
  const [header = '', row = ''] = list.split('\n')
  return row.slice(header.indexOf('CONTENTS'), header.indexOf('PROJECT')).trim()
}

/** What a server says when it is asked. */
async function answer({ container }: Started, ...words: readonly string[]): Promise<string> {
  return (await bed.docker('exec', '--env=LC_ALL=C', container, ...words)).stdout.trim()
}

const labels = {
  systemIdentifier: 'Database system identifier',
  controlVersion: 'pg_control version number',
  catalogVersion: 'Catalog version number',
  state: 'Database cluster state',
  checkpoint: 'Latest checkpoint location',
  checkpointRedo: "Latest checkpoint's REDO location",
  checkpointTime: 'Time of latest checkpoint',
  timeline: "Latest checkpoint's TimeLineID",
  minimumRecoveryEnd: 'Minimum recovery ending location',
  walLevel: 'wal_level setting',
  walSegmentBytes: 'Bytes per WAL segment',
  blockBytes: 'Database block size',
  checksums: 'Data page checksum version',
} as const

/** What pg_controldata prints, in our words for it. */
function asDetails(printed: string): Record<string, string> {
  const lines = new Map(printed.split('\n').map((line) => [line.split(':')[0] ?? '', line.slice(38).trim()]))
  const details = Object.fromEntries(
    Object.entries(labels).map(([key, label]) => [key, lines.get(label) ?? '']),
  )
  return {
    ...details,
    checkpointTime: new Date(details['checkpointTime'] ?? '').toISOString(),
    checksums: details['checksums'] === '0' ? 'off' : 'on',
    // 18 prints leading zeros.
    ...Object.fromEntries(
      (['checkpoint', 'checkpointRedo', 'minimumRecoveryEnd'] as const).map((key) => [
        key,
        (details[key] ?? '').replace(/\/0*(?=.)/, '/'),
      ]),
    ),
  }
}

/** Details without those that a checkpoint changes, which may come between. */
function lasting(details: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(details).filter(([key]) => !key.startsWith('checkpoint')))
}

test('ls must say which database each volume holds, in which version', async () => {
  const list = expectDone(await bed.vol('ls', `--filter=name=${bed.prefix}`, '--format=json'))
  const rows: readonly { readonly Name: string; readonly Databases: readonly Database[] }[] = list
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  for (const { volume, words, path } of started.values()) {
    const found = rows.find(({ Name }) => Name === volume)?.Databases ?? []
    expect(found).toMatchObject([{ Path: path, RecognisedBy: 'image' }])
    expect(`${found[0]?.Kind} ${found[0]?.Version}`).toMatch(words)
  }
})

test.each(servers)('inspect must find the files of $image where they lie', ({ image, words, path }) => {
  const database = onlyIn(serverOf(image))
  expect(`${database.Kind} ${database.Version}`).toMatch(words)
  expect(database).toMatchObject({ Path: path, RecognisedBy: 'files' })
})

describe.each(majors)('the facts of Postgres %i', (major) => {
  const image: ImageName = `postgres${major}`

  test('must be those that pg_controldata prints while it runs', async () => {
    const server = serverOf(image)
    const { Details } = onlyIn(server)
    expect(Details).toMatchObject(asDetails(await answer(server, 'pg_controldata')))
    expect(Details).toMatchObject({ state: 'in production', postmasterPid: 'there', provenance: 'Debian' })
  })

  test('must be the language that it says its databases are in', async () => {
    const server = serverOf(image)
    const { Details } = onlyIn(server)
    const columns = major >= 15 ? 'datlocprovider, datcollversion' : "'c', null"
    const asked = `select pg_encoding_to_char(encoding), datcollate, datctype, ${columns} from pg_database where datname = 'template1'`
    const [encoding, collate, ctype, provider, version] = (await answer(server, ...psql, asked)).split('|')
    expect(Details).toMatchObject({ encoding, collate, ctype, localeProvider: 'libc' })
    expect(provider).toBe('c')
    expect(Details['collationVersion'] ?? '').toBe(version)
    expect(Details['libc']).toBe(version === '' ? 'glibc' : `glibc ${version}`)
  })
})

test('the facts of MySQL must be its own', async () => {
  const server = serverOf('mysql')
  const [version = '', uuid] = (
    await answer(server, ...sql('mysql'), 'select version(), @@server_uuid')
  ).split('\t')
  const database = onlyIn(server)
  expect(version).toContain(database.Details['serverVersion'])
  expect(database.Details['serverUuid']).toBe(uuid)
})

test('the facts of MariaDB must be its own', async () => {
  const server = serverOf('mariadb')
  const version = await answer(server, ...sql('mariadb'), 'select version()')
  expect(version).toContain(onlyIn(server).Details['serverVersion'])
})

test.each(['redis', 'valkey'] as const)('the facts of %s must be its own', async (image) => {
  const server = serverOf(image)
  const info = await answer(server, `${image}-cli`, 'info')
  const version = new RegExp(`^${image}_version:(.*)\r$`, 'm').exec(info)?.[1]
  const saved = Number(await answer(server, `${image}-cli`, 'lastsave'))
  const database = onlyIn(server)
  expect(database.Details).toMatchObject({ serverVersion: version, appendOnly: 'none', dump: 'dump.rdb' })
  expect(Math.abs(Date.parse(database.Details['dumpTime'] ?? '') / 1000 - saved)).toBeLessThan(3)
})

test('a volume whose container is gone must be known from its last snapshot, and without one by a look', async () => {
  const { volume, container } = serverOf('postgres15')
  await bed.docker('stop', container)
  const stopped = (await inspected([volume])).get(volume)?.[0]?.Details
  const tool = ['--entrypoint=pg_controldata', '--env=LC_ALL=C', '--user=root']
  const mount = `--volume=${volume}:/var/lib/postgresql/data`
  const said = await bed.docker('run', '--rm', '--network=none', ...tool, mount, bed.images.postgres15)
  expect(stopped).toMatchObject({ ...asDetails(said.stdout), state: 'shut down' })
  expect(stopped).not.toHaveProperty('postmasterPid')

  const reference = onlyReference(await bed.vol('snapshot', '-q', volume))
  const [{ Config }] = JSON.parse(expectDone(await bed.vol('show', reference)))
  expect(Config.databases).toEqual([
    { kind: 'postgres', version: '15', path: '.', recognisedBy: 'files', details: stopped },
  ])
  await bed.docker('rm', container)
  expect(await contents(volume)).toBe('postgres 15')
  const elsewhere = `--store=${bed.folder}/empty`
  expect(await contents(volume, elsewhere)).toBe('-')
  expect(await contents(volume, elsewhere, '--look')).toBe('postgres 15')
})

test('a snapshot of a server that runs must record what inspect says', async () => {
  const server = serverOf('postgres18')
  const reference = onlyReference(await bed.vol('snapshot', '-q', '--consistency=live', server.volume))
  const [{ Config }] = JSON.parse(expectDone(await bed.vol('show', reference)))
  expect(Config.databases).toMatchObject([
    { kind: 'postgres', version: '18', path: '18/docker', recognisedBy: 'files' },
  ])
  expect(lasting(Config.databases[0].details)).toEqual(lasting(onlyIn(server).Details))
})

test('SQLite must be found under whatever name, with the log that belongs to it', async () => {
  const volume = await bed.volume('sqlite')
  const script = `cd /d; sqlite3 profile 'create table t(x); pragma user_version=5'
    sqlite3 app.db 'pragma journal_mode=wal; create table t(x)'
    (echo 'insert into t values(1);'; sleep 600) | sqlite3 app.db`
  const request = { image: bed.images.sqlite, volumes: { [volume]: '/d' }, command: ['sh', '-c', script] }
  await bed.container(request)
  const [app, profile] = await vi.waitFor(
    async () => {
      const found = (await inspected([volume])).get(volume) ?? []
      const sorted = found.toSorted((one, other) => (one.Path < other.Path ? -1 : 1))
      expect(sorted.map(({ Kind, Path }) => `${Kind} ${Path}`)).toEqual(['sqlite app.db', 'sqlite profile'])
      expect(Number(sorted[0]?.Details['walBytes'])).toBeGreaterThan(0)
      return sorted
    },
    { timeout: 20_000, interval: 500 },
  )
  expect(app?.Details).toMatchObject({ journalMode: 'wal' })
  expect(profile?.Details).toMatchObject({ journalMode: 'rollback', userVersion: '5' })
  expect(await contents(volume, '--look')).toBe('sqlite')
})

test('what is no database must be said to be unknown', async () => {
  const volume = await bed.volume('plain')
  await bed.shell(volume, 'echo hello >file; mkdir PG_VERSION; ln -s /etc/passwd ibdata1; mkfifo app.db')
  expect(await contents(volume, '--look')).toBe('-')
  expect((await inspected([volume])).get(volume)).toEqual([])
})

test('without an image to look with, nothing is pulled and containers alone must tell', async () => {
  const { volume } = serverOf('postgres17')
  const environment = { DOCKER_VOL_HELPER_IMAGE: 'localhost:9/no-such-image:1' }
  expect((await inspected([volume], environment)).get(volume)).toEqual([
    { Kind: 'postgres', Version: '17', Path: '.', RecognisedBy: 'image', Details: {} },
  ])
})
