/** Killed at whatever moment, a migration leaves the old database with its server, or the new one and a way back. */
import { randomInt } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { beforeAll, expect, test } from 'vitest'
import { expectDone, statesOf } from './checks.ts'
import { runKilledWhile, switchStates } from './killed-while.ts'
import { expectEmptyJournal } from './left-behind.ts'
import { query, startPostgres } from './native-server.ts'
import { rounds, scenario } from './scenario.ts'
import { startPlugin, temporaryFolder } from './standalone.ts'

const bed = await scenario('migrate-killed')
const patience = 600_000
const at = '/var/lib/postgresql/data'
let container: string
let volume: string
let before: string

const digest = `SELECT count(*) || md5(string_agg(o::text, ',' ORDER BY id)) FROM orders o`

beforeAll(async () => {
  await mkdir(temporaryFolder(bed), { recursive: true })
  ;({ container, volume } = await startPostgres(bed, { major: 15 }))
  await query(
    bed,
    container,
    `CREATE TABLE orders (id bigint PRIMARY KEY, what text NOT NULL);
     INSERT INTO orders SELECT g, md5(g::text) FROM generate_series(1, 2000) g;`,
  )
  before = await query(bed, container, digest)
}, 120_000)

const words = () => ['migrate', '-D', '--yes', volume, '--to', bed.images.postgres17]

/** Places before the switch, as the progress names them; `V` is the volume. */
const places = [
  'Restore docker-vol-scratch',
  'Rehearse the migration of V: pg_upgrade',
  'Rehearse the migration of V: reading the new cluster',
  'Copy V ...',
  'Migrate V ...',
  'Migrate V: pg_upgrade',
  'Migrate V: reading the new cluster',
  'Migrate V: putting it in its place',
  'Put it into V',
]

async function expectServerBack(): Promise<void> {
  await expect.poll(() => statesOf(bed, container), { timeout: 60_000 }).toEqual(['running'])
  await expect.poll(() => answerOf(container), { timeout: 60_000, interval: 500 }).toBe(before)
}

/** What the server says, or nothing while it does not answer. */
async function answerOf(server: string): Promise<string> {
  return await query(bed, server, digest).catch(() => '')
}

async function isTidied(): Promise<boolean> {
  expectDone(await startPlugin(bed, ['doctor']).ended)
  await expectEmptyJournal(bed)
  return true
}

/** The next run removes all that was made by one with -D, which names all of that. */
async function expectTidyAfterDoctor(said: string): Promise<void> {
  // A helper of the killed run may take seconds to end.
  await expect.poll(() => isTidied().catch(() => false), { timeout: 60_000 }).toBe(true)
  for (const name of new Set(said.match(/docker-vol-scratch-[0-9a-f]+/g)))
    expect((await bed.tryDocker('volume', 'inspect', name)).exitCode, name).not.toBe(0)
}

test('before the switch: the server must come back on the old data', { timeout: patience }, async () => {
  const count = rounds(1)
  const first = randomInt(places.length)
  for (let round = 0; round < count; round += 1) {
    const place = (places[(first + round) % places.length] ?? '').replace('V', volume)
    const running = startPlugin(bed, words())
    await running.until(place)
    await sleep(randomInt(1500))
    running.kill('SIGKILL')
    const { stderr } = await running.ended
    // What came after the place may have been the switch.
    if (stderr.includes('Keep what')) await expectSwitched()
    await expectServerBack()
    await expectTidyAfterDoctor(stderr)
    expect(await query(bed, container, digest), `killed at ${place}`).toBe(before)
  }
})

/** The new contents are in the volume, the old server stays stopped, and undo brings both back. */
async function expectSwitched(): Promise<void> {
  // Whatever lets containers go on has had its time.
  await sleep(6000)
  expectDone(await startPlugin(bed, ['doctor']).ended)
  expect(await statesOf(bed, container)).toEqual(['exited'])
  const next = await bed.container({
    image: bed.images.postgres17,
    volumes: { [volume]: at },
    command: ['postgres'],
    more: ['--network=none'],
  })
  await expect.poll(() => answerOf(next), { timeout: 60_000, interval: 500 }).toBe(before)
  await bed.docker('rm', '--force', next)
  expectDone(await bed.vol('undo', '--yes', volume))
}

test(
  'in the switch: the new database must be there whole, and undo bring the old one back',
  { timeout: patience },
  async () => {
    // While it is staged nothing has begun.
    const begun = switchStates.filter((each) => each !== 'staging')
    const first = randomInt(begun.length)
    const count = rounds(1)
    for (let round = 0; round < count; round += 1) {
      const state = begun[(first + round) % begun.length] ?? 'moving-new'
      const how = { state, wait: randomInt(20), victim: 'plugin' as const }
      const { killed, stderr } = await runKilledWhile(bed, words(), volume, how)
      expect(killed, stderr).toBe(true)
      await expectSwitched()
      await expectServerBack()
      await expectTidyAfterDoctor(stderr)
    }
  },
)
