/** A migration that cannot go on says why and what to do, and leaves the volume, its server and the engine as they were. */
import { randomInt } from 'node:crypto'
import { chmod, mkdir, mkdtemp, open, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { expectSameTree, startedAt, statesOf } from './checks.ts'
import { fillUp, smallFileSystems, volumeIn } from './full-place.ts'
import { expectEmptyJournal } from './left-behind.ts'
import { query, startPostgres } from './native-server.ts'
import { rounds } from './rounds.ts'
import type { RunResult } from './running.ts'
import { scenario } from './scenario.ts'
import { sideBySide } from './side-by-side.ts'
import { startPlugin, temporaryFolder } from './standalone.ts'

const bed = await scenario('migrate-ends')
const smallFileSystem = smallFileSystems(bed)
const patience = rounds(300_000)
const at = '/var/lib/postgresql/data'
const digest = `SELECT count(*) || md5(string_agg(o::text, ',' ORDER BY id)) FROM orders o`

type Server = { readonly container: string; readonly volume: string }
let server: Server
/** Where its volume is. */
let source: string
let before: string
/** Copies of its volume, which nobody uses, with a byte that is not what it was in a table or an index. */
let damaged: { readonly heap: string; readonly index: string }

beforeAll(async () => {
  const environment = { POSTGRES_INITDB_ARGS: '--data-checksums', STAGE: 'production' }
  source = await smallFileSystem('source', { mebibytes: 400 })
  server = await startPostgres(bed, { major: 13, environment, volume: await volumeIn(bed, source, 'source') })
  await query(
    bed,
    server.container,
    `CREATE TABLE orders (id bigint PRIMARY KEY, what text NOT NULL);
     INSERT INTO orders SELECT g, md5(g::text) FROM generate_series(1, 5000) g; CHECKPOINT`,
  )
  before = await query(bed, server.container, digest)
  const fileOf = async (name: string) =>
    await query(bed, server.container, `SELECT pg_relation_filepath('${name}')`)
  const [heap, index] = [await fileOf('orders'), await fileOf('orders_pkey')]
  await bed.docker('stop', '--time=60', server.container)
  const copy = async (part: string) => {
    const volume = await bed.volume(part)
    await execa('cp', ['--archive', '--no-target-directory', source, await bed.mountpoint(volume)])
    return volume
  }
  damaged = { heap: await copy('heap'), index: await copy('index') }
  // Damage that only amcheck sees, because no page has a sum.
  const without = ['run', '--rm', '--network=none', '--user=999:999', `--volume=${damaged.index}:${at}`]
  await bed.docker(...without, '--entrypoint=pg_checksums', bed.images.postgres13, '--disable', '-D', at)
  await spoil(path.join(await bed.mountpoint(damaged.heap), heap), 8192 + 8000, 1)
  await spoil(path.join(await bed.mountpoint(damaged.index), index), 8192 + 6000, 1200)
  await bed.docker('start', server.container)
  await expectServing()
}, 240_000)

/** Turns bytes of a file around. */
async function spoil(file: string, offset: number, count: number): Promise<void> {
  const handle = await open(file, 'r+')
  const bytes = Buffer.alloc(count)
  expect((await handle.read(bytes, 0, count, offset)).bytesRead).toBe(count)
  await handle.write(
    bytes.map((byte) => byte ^ 0xff),
    0,
    count,
    offset,
  )
  await handle.close()
}

const answer = async () => await query(bed, server.container, digest).catch(() => '')

async function expectServing(): Promise<void> {
  for (const since = Date.now(); (await answer()) !== before; await sleep(300))
    if (Date.now() - since > 60_000) throw new Error('the server does not answer as before')
}

/** With -D, which shows also where an error comes from. */
function expectEnd(run: RunResult, exitCode: number, message: string | RegExp): void {
  expect(run.exitCode, run.stderr).toBe(exitCode)
  expect(run.stderr.slice(run.stderr.lastIndexOf('\nError: '))).toMatch(message)
}

/** A run with -D names all that it made. */
async function expectNothingLeft(run: RunResult): Promise<void> {
  const volumes = new Set(run.stderr.match(/docker-vol-scratch-[0-9a-f]{8}/g))
  const containers = new Set(run.stderr.match(/(?<=--name=)docker-vol-[\w.-]+/g))
  const there = (await bed.docker('ps', '--all', '--format', '{{.Names}}')).stdout.split('\n')
  const kept = (await bed.docker('volume', 'ls', '--quiet')).stdout.split('\n')
  expect(containers.size).toBeGreaterThan(0)
  expect(there.filter((name) => containers.has(name))).toEqual([])
  expect(kept.filter((name) => volumes.has(name))).toEqual([])
}

const migrate = (volume: string, ...more: readonly string[]) =>
  bed.vol('migrate', '-D', '--yes', ...more, volume, '--to', bed.images.postgres15)

describe('a database that is damaged already', () => {
  test(
    'must be refused with what is wrong, whether sums of pages or amcheck tell it',
    { timeout: patience },
    async () => {
      await sideBySide(Object.values(damaged), 2, async (volume) => {
        const tree = await bed.listing(volume)
        const refused = await migrate(volume, '--from', bed.images.postgres13)
        expectEnd(refused, 5, `The database in "${volume}" is damaged.`)
        expect(refused.stderr).toMatch(volume === damaged.heap ? /invalid page/ : /orders_pkey/)
        expect(refused.stderr).toContain('restore a good snapshot')
        expectSameTree(await bed.listing(volume), tree)
        await expectNothingLeft(refused)
      })
      await expectEmptyJournal(bed)
    },
  )
})

test(
  'damage that a running server has not met yet must be told, and the server go on',
  { timeout: patience },
  async () => {
    const since = await startedAt(bed, server.container)
    const running = await startPostgres(bed, { major: 13, volume: damaged.heap })
    const run = await migrate(running.volume)
    expectEnd(run, 8, 'the database is damaged')
    expect(run.stderr).toMatch(/checksum verification failed in file/)
    expect(run.stderr).toContain('restore a good snapshot')
    expect(await statesOf(bed, running.container)).toEqual(['running'])
    await expectNothingLeft(run)
    await expectEmptyJournal(bed)
    expect(await startedAt(bed, server.container)).toBe(since)
  },
)

test(
  'a server that is killed, since it does not end in time, must be found out, and run again',
  { timeout: patience },
  async () => {
    const { container: first, volume } = await startPostgres(bed, { major: 13 })
    await bed.docker('stop', '--time=60', first)
    // Killed at once, as when the time that it is given is over.
    const more = ['--network=none', '--stop-signal=SIGKILL']
    const container = await bed.container({
      image: bed.images.postgres13,
      volumes: { [volume]: at },
      command: ['postgres'],
      more,
    })
    await expect
      .poll(
        () => query(bed, container, 'CREATE UNLOGGED TABLE quick AS SELECT 1 AS a').catch(() => undefined),
        { timeout: 60_000 },
      )
      .toBeDefined()
    const run = await migrate(volume)
    expectEnd(run, 8, /did not shut down in good order: its control file says "in production"/)
    expect(run.stderr).toContain('docker stop --time 600')
    expect(await statesOf(bed, container)).toEqual(['running'])
    await expectNothingLeft(run)
    await expectEmptyJournal(bed)
  },
)

/** An image like that of 15 whose entrypoint begins with a script. */
async function imageThat(begins: string): Promise<string> {
  const container = bed.name('image')
  const image = `${bed.prefix.toLowerCase()}-image:${made.length}`
  await bed.docker('create', '--name', container, bed.images.postgres15)
  const entrypoint = ['sh', '-c', `${begins}\nexec docker-entrypoint.sh "$@"`, 'sh']
  const changes = ['--change', `ENTRYPOINT ${JSON.stringify(entrypoint)}`, '--change', 'CMD ["postgres"]']
  await bed.docker('commit', ...changes, container, image)
  await bed.docker('rm', container)
  made.push(image)
  return image
}

const made: string[] = []
afterAll(async () => {
  if (made.length > 0) await bed.tryDocker('image', 'rm', ...made)
})

test(
  'a target that does not start with the environment of the container must be found out before that is stopped',
  { timeout: patience },
  async () => {
    const since = await startedAt(bed, server.container)
    const image = await imageThat('[ "$STAGE" != production ] || { echo "no licence" >&2; exit 9; }')
    const run = await bed.vol('migrate', '-D', '--yes', server.volume, '--to', image)
    expectEnd(run, 8, `does not start as a container of ${image}`)
    expect(run.stderr).toContain('no licence')
    expect(await startedAt(bed, server.container)).toBe(since)
    await expectServing()
    await expectNothingLeft(run)
    await expectEmptyJournal(bed)
  },
)

test(
  'a target that refuses whom the old server lets in must be found out before that is stopped',
  { timeout: patience },
  async () => {
    const since = await startedAt(bed, server.container)
    const rules = 'echo "host all all all reject" >/tmp/rules; set -- "$@" -c hba_file=/tmp/rules'
    const run = await bed.vol('migrate', '-D', '--yes', server.volume, '--to', await imageThat(rules))
    expectEnd(run, 8, /can log in to the server in ".+", but not to the migrated one .* rejects connection/)
    expect(await startedAt(bed, server.container)).toBe(since)
    await expectServing()
    await expectNothingLeft(run)
    await expectEmptyJournal(bed)
  },
)

/**
 * A docker that goes before the real one in PATH, and puts scratch volumes into a folder: all of them, or those made once
 * the server has been stopped; everything else it does as it is asked to.
 */
async function dockerWithScratchIn(folder: string, since: Since): Promise<Record<string, string>> {
  const place = await mkdtemp(path.join(bed.folder, 'scratch-'))
  const program = path.join(place, 'docker')
  const begun = path.join(place, 'begun')
  const text = `#!/bin/sh
case "$*" in
'container stop '*) : >"$BEGUN" ;;
*'volume create'*docker-vol-scratch-*)
  [ -e "$BEGUN" ] || exec "$REAL_DOCKER" "$@"
  for name; do :; done
  for word; do case $word in --label=*) label=$word ;; esac; done
  exec "$REAL_DOCKER" volume create "$label" --opt=type=none --opt=o=bind "--opt=device=$SMALL" "$name" ;;
esac
exec "$REAL_DOCKER" "$@"
`
  await writeFile(program, text)
  await chmod(program, 0o755)
  if (since === 'the rehearsal') await writeFile(begun, '')
  const PATH = `${place}:${bed.environment['PATH'] ?? ''}`
  return { PATH, SMALL: folder, BEGUN: begun, REAL_DOCKER: inject('bed').docker }
}

type Since = 'the rehearsal' | 'the server is stopped'

const words = () => ['migrate', '-D', '--yes', server.volume, '--to', bed.images.postgres15]

/** A migration whose copies find room for so much only. */
async function migrateWithin(mebibytes: number, since: Since): Promise<RunResult> {
  const folder = await smallFileSystem(`copy in ${mebibytes}`, { mebibytes })
  const environment = await dockerWithScratchIn(folder, since)
  await mkdir(temporaryFolder(bed), { recursive: true })
  return await startPlugin(bed, words(), { environment }).ended
}

/** It was stopped, and runs again; nothing else has changed. */
async function expectBackWithout(run: RunResult, since: string): Promise<void> {
  expectEnd(run, 7, /space|free/)
  expect(await statesOf(bed, server.container)).toEqual(['running'])
  expect(await startedAt(bed, server.container)).not.toBe(since)
  await expectServing()
  await expectNothingLeft(run)
  await expectEmptyJournal(bed)
}

describe('a disk that is full', () => {
  // For the copy itself, for an empty cluster beside it, for what follows.
  const sizes = [30, 65, 85]

  test('must end the rehearsal with exit 7, and the server go on', { timeout: patience }, async () => {
    const count = rounds(1)
    const first = randomInt(sizes.length)
    for (let round = 0; round < count; round += 1) {
      const since = await startedAt(bed, server.container)
      const size = sizes[(first + round) % sizes.length] ?? 30
      const run = await migrateWithin(size, 'the rehearsal')
      expectEnd(run, 7, /space|free/)
      expect(await statesOf(bed, server.container)).toEqual(['running'])
      expect(await startedAt(bed, server.container)).toBe(since)
      await expectServing()
      await expectNothingLeft(run)
      await expectEmptyJournal(bed)
    }
  })

  test(
    'must end the migration with exit 7 once all is stopped, and the server run again',
    { timeout: patience },
    async () => {
      const count = rounds(1)
      const first = randomInt(sizes.length)
      for (let round = 0; round < count; round += 1) {
        const since = await startedAt(bed, server.container)
        const run = await migrateWithin(sizes[(first + round) % sizes.length] ?? 30, 'the server is stopped')
        expect(run.stderr).toContain('Rehearse')
        await expectBackWithout(run, since)
      }
    },
  )

  test(
    'must end the switch with exit 7, and the server run again on its old files',
    { timeout: patience },
    async () => {
      await mkdir(temporaryFolder(bed), { recursive: true })
      const since = await startedAt(bed, server.container)
      const running = startPlugin(bed, [...words(), '--progress=json'])
      await running.until(new RegExp(`"id":"Migrate ${server.volume}"`))
      // The new cluster is staged where the old one lies.
      const ballast = await fillUp(source, 10 * 1024 ** 2)
      const run = await running.ended
      await rm(ballast)
      expect(run.stderr).toContain('Put it into')
      await expectBackWithout(run, since)
    },
  )
})
