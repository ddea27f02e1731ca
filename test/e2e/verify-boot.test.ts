/** verify --boot: a snapshot is worth what its own database says of a copy of it. */
import { mkdir, open } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { execa } from 'execa'
import { describe, expect, test } from 'vitest'
import { expectDone, expectExit, onlyReference } from './checks.ts'
import { expectEmptyJournal } from './left-behind.ts'
import { rounds } from './rounds.ts'
import { scenario } from './scenario.ts'
import { snapshotOnDisk } from './stored.ts'
import { startPlugin, temporaryFolder } from './standalone.ts'

const bed = await scenario('boot-one')
const postgresData = '/var/lib/postgresql/data'

type Postgres = { readonly volume: string; readonly table: string; readonly index: string }

const made = new Map<string, Promise<Postgres>>()

/** A Postgres that ran, holds a table with an index and an undecided transaction, and was killed. Of each image one. */
function killedPostgres(image: string): Promise<Postgres> {
  const known = made.get(image) ?? makePostgres(image)
  made.set(image, known)
  return known
}

async function makePostgres(image: string): Promise<Postgres> {
  const volume = await bed.volume('pg')
  const container = await bed.container({
    image,
    volumes: { [volume]: postgresData },
    environment: { POSTGRES_USER: 'owner of all', POSTGRES_PASSWORD: 'secret', POSTGRES_DB: 'shop' },
    command: ['postgres', '-c', 'max_prepared_transactions=3'],
  })
  const ask = (sql: string) =>
    bed.tryDocker('exec', container, 'psql', '-U', 'owner of all', '-d', 'shop', '-Atc', sql)
  // The server that only initialises does not listen on TCP.
  const ready = () => bed.tryDocker('exec', container, 'pg_isready', '-h', '127.0.0.1', '-d', 'shop')
  await expect.poll(async () => (await ready()).exitCode, { timeout: 90_000, interval: 200 }).toBe(0)
  expectDone(await ask('CREATE TABLE orders (name text PRIMARY KEY)'))
  expectDone(await ask('INSERT INTO orders SELECT md5(g::text) FROM generate_series(1, 5000) g'))
  const paths = await ask("SELECT pg_relation_filepath('orders'), pg_relation_filepath('orders_pkey')")
  const [table = '', index = ''] = expectDone(paths).trim().split('|')
  expectDone(await ask('CHECKPOINT'))
  expectDone(await ask("BEGIN; INSERT INTO orders VALUES ('prepared'); PREPARE TRANSACTION 'left'"))
  await bed.docker('kill', container)
  return { volume, table, index }
}

/** A copy of it in a volume of its own, which a container of the image uses that does not run. */
async function copyOf(image: string): Promise<Postgres> {
  const original = await killedPostgres(image)
  const volume = await bed.volume('copy')
  await execa('cp', ['-a', `${await bed.mountpoint(original.volume)}/.`, await bed.mountpoint(volume)])
  await bed.docker('create', `--name=${bed.name('user')}`, `--volume=${volume}:${postgresData}`, image)
  return { ...original, volume }
}

/** Writes over some bytes of a file in a volume. */
async function overwrite(volume: string, file: string, at: number, bytes: Buffer): Promise<void> {
  const handle = await open(path.join(await bed.mountpoint(volume), file), 'r+')
  await handle.write(bytes, 0, bytes.length, at)
  await handle.close()
}

async function snapshotOf(volume: string): Promise<string> {
  return onlyReference(await bed.vol('snapshot', '--quiet', volume))
}

/** The operations of the boots of this file, by what they said with -D. Other files boot beside it. */
const boots = new Set<string>()

function note({ stderr }: { readonly stderr: string }): void {
  for (const [, operation = ''] of stderr.matchAll(/docker-vol-scratch-([0-9a-f]+)/g)) boots.add(operation)
}

/** Neither container nor volume of a boot is left, and nothing of it in the journal. */
async function expectNothingLeft(seconds = 10): Promise<void> {
  const left = async () => {
    const containers = ['ps', '--all', '--format', '{{.Names}}', '--filter', 'name=docker-vol-boot-']
    const volumes = ['volume', 'ls', '--quiet', '--filter', 'label=docker-vol.scratch']
    const all = (await bed.docker(...containers)).stdout + (await bed.docker(...volumes)).stdout
    return all.split('\n').filter((name) => boots.has(name.split('-').at(-1) ?? ''))
  }
  await expect.poll(left, { timeout: seconds * 1000, interval: 200 }).toEqual([])
  await expectEmptyJournal(bed)
}

type Json = Readonly<Record<string, unknown>>

async function bootAsJson(
  ...words: readonly string[]
): Promise<{ exitCode: number; row: Json; stderr: string }> {
  const { exitCode, stdout, stderr } = await bed.vol('verify', '-D', '--boot', '--format=json', ...words)
  note({ stderr })
  const row: Json = JSON.parse(stdout)
  return { exitCode, row, stderr }
}

describe.each([
  ['15', bed.images.postgres15],
  ['17', bed.images.postgres17],
])('Postgres %s', (major, image) => {
  test('verify --boot must start it, check it, say so wherever the snapshot is shown, and leave nothing', async () => {
    const { volume } = await copyOf(image)
    const reference = await snapshotOf(volume)
    const before = await bed.listing(volume)
    const { exitCode, row, stderr } = await bootAsJson(reference)
    expect(exitCode, stderr).toBe(0)
    expect(boots).not.toEqual(new Set())
    expect(row).toMatchObject({
      Reference: reference,
      Whole: true,
      Damage: null,
      Boot: { Result: 'good', About: expect.stringMatching(`^Postgres ${major}.*pg_amcheck.*pg_dumpall`) },
    })
    expect(await bed.listing(volume)).toEqual(before)
    await expectNothingLeft()
    expect(expectDone(await bed.vol('snapshots', volume))).toMatch(/VERIFIED\n.* boot \d+s ago/)
    const [shown]: readonly Json[] = JSON.parse(expectDone(await bed.vol('show', reference)))
    expect(shown).toMatchObject({ Verified: { Bytes: { Good: true }, Boot: { Good: true } } })
  })

  test('verify --boot must find an index that lies about its table, in the words of the database', async () => {
    const { volume, index } = await copyOf(image)
    // In the middle of a leaf: the keys of some rows become others.
    await overwrite(volume, index, 8192 * 6 + 6000, Buffer.alloc(400, 'z'))
    const reference = await snapshotOf(volume)
    expectDone(await bed.vol('verify', reference))
    const result = await bed.vol('verify', '-D', '--boot', reference)
    note(result)
    expect(result.exitCode, result.stderr).toBe(3)
    expect(result.stdout).toMatch(/DAMAGED +Postgres \d+: pg_amcheck found damage: .*/)
    expect(result.stderr).toContain('orders_pkey')
    await expectNothingLeft()
    expect(expectDone(await bed.vol('snapshots', volume))).toMatch(/ damaged$/m)
  })
})

test('verify --boot must find a table whose page was written over', async () => {
  const { volume, table } = await copyOf(bed.images.postgres17)
  await overwrite(volume, table, 8192 * 3, Buffer.alloc(8192, 'x'))
  const { exitCode, row } = await bootAsJson(await snapshotOf(volume))
  expect(exitCode).toBe(3)
  expect(row).toMatchObject({
    Whole: false,
    Boot: { Result: 'damaged', Said: expect.stringMatching(/invalid page|orders/) },
  })
  await expectNothingLeft()
})

test('verify --boot must say why a database does not start', async () => {
  const { volume } = await copyOf(bed.images.postgres17)
  await overwrite(volume, 'global/pg_control', 16, Buffer.alloc(100, 1))
  const result = await bed.vol('verify', '-D', '--boot', await snapshotOf(volume))
  note(result)
  expect(result.exitCode, result.stderr).toBe(3)
  expect(result.stdout).toMatch(/Postgres.* does not start: .*(FATAL|PANIC)/)
  await expectNothingLeft()
})

test('verify --boot must make do without settings that lie outside of the volume', async () => {
  const { volume } = await copyOf(bed.images.postgres17)
  await bed.shell(volume, 'echo "shared_preload_libraries = \'not_there\'" >>postgresql.conf')
  const { exitCode, row, stderr } = await bootAsJson(await snapshotOf(volume))
  expect(exitCode, stderr).toBe(0)
  expect(row).toMatchObject({ Boot: { About: expect.stringContaining('without its own postgresql.conf') } })
})

test('a volume without a database must be verified to the last byte and said to hold nothing to boot', async () => {
  const volume = await bed.volume('files')
  await bed.shell(volume, 'echo x >file')
  const reference = await snapshotOf(volume)
  const { exitCode, row } = await bootAsJson(reference)
  expect(exitCode).toBe(0)
  expect(row).toMatchObject({ Whole: true, Boot: { Result: 'nothing' } })
  expect(expectDone(await bed.vol('snapshots', volume))).toMatch(/ bytes \d+s ago$/m)
})

test('without the image verify --boot must name it, pull nothing, and still check the bytes', async () => {
  const { volume } = await copyOf(bed.images.postgres17)
  const reference = await snapshotOf(volume)
  const result = await bed.vol('verify', '--boot', '--image=not-there:1', reference)
  expectExit(result, 4, /needed that is not here: not-there:1/)
  expect(result.stderr).toContain('docker pull not-there:1')
  expect(expectDone(await bed.vol('snapshots', volume))).toMatch(/ bytes \d+s ago$/m)
  const other = await bed.vol('verify', '--boot', `--image=${bed.images.busybox}`, reference)
  expectExit(other, 4, /No image is here that can boot Postgres 17/)
  await expectNothingLeft()
})

test('a damaged snapshot must not be booted, and be known as damaged', async () => {
  const { volume } = await copyOf(bed.images.postgres17)
  const reference = await snapshotOf(volume)
  const { layers } = await snapshotOnDisk(bed.store, reference)
  const handle = await open(layers[0] ?? '', 'r+')
  await handle.write(Buffer.alloc(10, 1), 0, 10, 1000)
  await handle.close()
  const { exitCode, row } = await bootAsJson(reference)
  expect(exitCode).toBe(3)
  expect(row).toMatchObject({ Whole: false, Boot: null })
  expect(expectDone(await bed.vol('snapshots', volume))).toMatch(/ damaged$/m)
  await expectNothingLeft()
})

describe('interrupted', () => {
  test('by Ctrl-C at any time, verify --boot must leave nothing and exit with 130', async () => {
    const { volume } = await copyOf(bed.images.postgres17)
    const reference = await snapshotOf(volume)
    for (let round = 0; round < rounds(2); round += 1) {
      const running = bed.startVol('verify', '-D', '--boot', '--progress=plain', reference)
      await running.until(round % 2 === 0 ? /^Boot/m : /^Copy/m)
      await sleep(Math.random() * 800)
      await running.killPlugin('SIGINT')
      const ended = await running.ended
      note(ended)
      expect([130, 0]).toContain(ended.exitCode)
      await expectNothingLeft()
    }
  })

  test('by SIGKILL at any time, the next run must remove what verify --boot made', async () => {
    const { volume } = await copyOf(bed.images.postgres17)
    const reference = await snapshotOf(volume)
    await mkdir(temporaryFolder(bed), { recursive: true })
    for (let round = 0; round < rounds(2); round += 1) {
      const running = startPlugin(bed, ['verify', '-D', '--boot', '--progress=plain', reference])
      await running.until(round % 2 === 0 ? /^Boot/m : /^Copy/m)
      await sleep(Math.random() * 1000)
      running.kill('SIGKILL')
      note(await running.ended)
      await bed.vol('doctor')
      await expectNothingLeft()
      expect(expectDone(await bed.vol('snapshots', '--quiet', volume))).toBe(`${reference}\n`)
    }
  })
})
