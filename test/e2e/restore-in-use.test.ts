/** A restore over a volume that containers use: they are stopped for the renames alone, and run again whatever happens. */
import { randomInt } from 'node:crypto'
import { cp, mkdir, truncate } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { beforeAll, expect, test } from 'vitest'
import {
  expectDone,
  expectExit,
  expectNoHelpers,
  expectSameTree,
  onlyReference,
  startedAt,
  statesOf,
} from './checks.ts'
import { countDockerCalls, moments, runKilledAround } from './docker-shim.ts'
import { runKilledWhile, switchStates } from './killed-while.ts'
import { expectEmptyJournal } from './left-behind.ts'
import type { Listing } from './listing.ts'
import { query, startPostgres } from './native-server.ts'
import { fillWithOddTree } from './odd-tree.ts'
import { rounds, scenario } from './scenario.ts'
import { startPlugin, temporaryFolder } from './standalone.ts'
import { snapshotOnDisk } from './stored.ts'

const bed = await scenario('in-use')
/** Seconds within which containers run again when the plugin has been killed. */
const promised = 5
/** The same, for a machine that does many other things. */
const patience = 40
type Side = { readonly reference: string; readonly contents: Listing }
let volume: string
let user: string
let reader: string
let stopped: string
let sides: readonly [Side, Side]

beforeAll(async () => {
  await mkdir(temporaryFolder(bed), { recursive: true })
  volume = await bed.volume()
  const side = async (seed: string): Promise<Side> => {
    await fillWithOddTree(await bed.mountpoint(volume), seed)
    return {
      reference: onlyReference(await bed.vol('snapshot', '--quiet', volume)),
      contents: await bed.listing(volume),
    }
  }
  sides = [await side('one'), await side('two')]
  user = await bed.container({ volumes: { [volume]: '/data' } })
  reader = await bed.container({ volumes: { [volume]: '/data:ro' } })
  stopped = await bed.container({ volumes: { [volume]: '/data' } })
  await bed.docker('stop', stopped)
})

const holds = async (): Promise<0 | 1> => ('only-one' in (await bed.listing(volume)).files ? 0 : 1)
const other = async () => sides[(await holds()) === 0 ? 1 : 0]
const restoreTheOther = async () => ['restore', '--yes', (await other()).reference]

/** What ran runs, what did not does not, and the containers see what the volume holds. */
async function expectRunning(seconds = patience): Promise<void> {
  await expect
    .poll(() => statesOf(bed, user, reader, stopped), { timeout: seconds * 1000, interval: 100 })
    .toEqual(['running', 'running', 'exited'])
}

async function expectOneSide(): Promise<Side> {
  const side = sides[await holds()]
  expectSameTree(await bed.listing(volume), side.contents)
  for (const container of [user, reader]) {
    const seen = (await bed.docker('exec', container, 'ls', '-A', '/data')).stdout
    expect(seen).toContain(side === sides[0] ? 'only-one' : 'only-two')
  }
  return side
}

test('a restore must stop who uses the volume, start it again, and be taken back likewise', async () => {
  const before = await startedAt(bed, user)
  const was = sides[await holds()]
  const wanted = await other()
  const { stderr, exitCode } = await bed.vol(...(await restoreTheOther()))
  expect(exitCode, stderr).toBe(0)
  await expectRunning(1)
  const between = await startedAt(bed, user)
  expect(between).not.toBe(before)
  expect(await expectOneSide()).toBe(wanted)
  const [copy = ''] = expectDone(await bed.vol('undo', '--list', '-q', volume)).split('\n')
  const [config] = JSON.parse(expectDone(await bed.vol('show', copy)))
  expect(config.Config.consistency).toMatchObject({ method: 'stopped', why: expect.stringContaining(user) })
  expectDone(await bed.vol('undo', '--yes', volume))
  await expectRunning(1)
  expect(await startedAt(bed, user)).not.toBe(between)
  expect(await expectOneSide()).toBe(was)
  await expectEmptyJournal(bed)
})

test('a restore must say whom it would stop, and stop nobody unasked', async () => {
  const before = await startedAt(bed, user)
  const { reference } = await other()
  const plan = expectDone(await bed.vol('restore', '--dry-run', reference))
  expect(plan).toMatch(new RegExp(`^1\\. .+# .+containers .+"${user}".+ stopped .+ started again`, 'm'))
  expectExit(
    await bed.vol('restore', reference),
    5,
    /Containers .*"\S+", "\S+" will be stopped for a moment and started again\./,
  )
  expectExit(await bed.vol('restore', '--path=dir', reference), 5, `"${user}"`)
  expect(await startedAt(bed, user)).toBe(before)
})

test('single paths must be restored under a running container, and taken back', async () => {
  const { reference, contents } = await other()
  const before = (await bed.listing(volume)).files['top-1']
  expectDone(await bed.vol('restore', '--yes', '--path=top-1', reference))
  expect((await bed.listing(volume)).files['top-1']?.sha256).toBe(contents.files['top-1']?.sha256)
  expectDone(await bed.vol('undo', '--yes', volume))
  expect((await bed.listing(volume)).files['top-1']?.sha256).toBe(before?.sha256)
  await expectRunning(1)
  // The hard link that it was one of is a file of its own now.
  expectDone(await bed.vol(...(await restoreTheOther())))
})

test('a restore that fails before the switch must never have stopped anybody', async () => {
  const before = await startedAt(bed, user)
  const contents = await bed.listing(volume)
  const broken = path.join(bed.folder, 'broken')
  await cp(bed.store, broken, { recursive: true })
  const { reference } = await other()
  const [layer = ''] = (await snapshotOnDisk(broken, reference)).layers
  await truncate(layer, 1000)
  expectExit(await bed.vol('restore', '--yes', '--store', broken, reference), 3, 'is damaged')
  expectSameTree(await bed.listing(volume), contents)
  expect(await startedAt(bed, user)).toBe(before)
})

test.each([
  ['is paused', async (name: string) => void (await bed.docker('pause', name)), {}],
  ['was started with --rm', async () => undefined, { more: ['--rm'] }],
] as const)('a restore must refuse when a container %s, and touch nothing', async (_, prepare, request) => {
  const own = await bed.volume('refused')
  await fillWithOddTree(await bed.mountpoint(own), 'mine')
  const before = await bed.listing(own)
  const container = await bed.container({ volumes: { [own]: '/data' }, ...request })
  await prepare(container)
  const [state] = await statesOf(bed, container)
  expectExit(await bed.vol('restore', '--yes', '--into', own, sides[0].reference), 5, `"${container}"`)
  expectSameTree(await bed.listing(own), before)
  expect(await statesOf(bed, container)).toEqual([state])
})

test.each(switchStates)(
  'killed while %s, a restore leaves containers running and one side whole',
  async (state) => {
    const how = { state, wait: randomInt(25), victim: 'plugin' as const }
    const { killed, stderr } = await runKilledWhile(bed, await restoreTheOther(), volume, how)
    expect(killed, stderr).toBe(true)
    await expectRunning()
    await expectNoHelpers(bed, volume, patience)
    expectDone(await startPlugin(bed, ['doctor']).ended)
    await expectOneSide()
    await expectEmptyJournal(bed)
  },
)

test('killed around any call of docker, a restore leaves containers running and one side whole', async () => {
  const calls = await countDockerCalls(bed, await restoreTheOther())
  const count = rounds(4)
  for (let round = 0; round < count; round += 1) {
    const call = 1 + Math.floor((calls * (round + Math.random())) / count)
    await runKilledAround(bed, await restoreTheOther(), call, moments[randomInt(moments.length)] ?? 'before')
    await expectRunning()
    await expectNoHelpers(bed, volume, patience)
    expectDone(await startPlugin(bed, ['doctor']).ended)
    await expectOneSide()
    await expectEmptyJournal(bed)
  }
})

test('killed at any time, a restore lets containers go on within seconds', async () => {
  const count = rounds(2)
  for (let round = 0; round < count; round += 1) {
    const running = startPlugin(bed, await restoreTheOther())
    await sleep(randomInt(500, 4000))
    running.kill('SIGKILL')
    await running.ended
    await expectRunning(promised * 4)
    await expectNoHelpers(bed, volume, patience)
    expectDone(await startPlugin(bed, ['doctor']).ended)
    await expectOneSide()
  }
})

test('when its helper dies in the switch, the volume must be put right before its containers go on', async () => {
  for (const state of ['moving-old', 'moving-new'] as const) {
    const how = { state, wait: randomInt(10), victim: 'helper' as const }
    const { killed, stderr } = await runKilledWhile(bed, await restoreTheOther(), volume, how)
    expect(killed, stderr).toBe(true)
    await expectRunning(1)
    await expectOneSide()
    expectDone(await startPlugin(bed, ['doctor']).ended)
    await expectEmptyJournal(bed)
  }
})

test('a database must run again on what was restored, and on what an undo brings back', async () => {
  const { container, volume: data } = await startPostgres(bed)
  await query(bed, container, 'create table item as select 1 as number')
  await bed.docker('stop', container)
  const reference = onlyReference(await bed.vol('snapshot', '--quiet', data))
  await bed.docker('start', container)
  const numbers = async () => {
    await expect
      .poll(async () => (await bed.tryDocker('exec', container, 'pg_isready', '--quiet')).exitCode, {
        timeout: 60_000,
      })
      .toBe(0)
    return await query(bed, container, 'select number from item order by number')
  }
  await numbers()
  await query(bed, container, 'insert into item values (2)')
  expectDone(await bed.vol('restore', '--yes', reference))
  expect(await numbers()).toBe('1')
  expectDone(await bed.vol('undo', '--yes', data))
  expect(await numbers()).toBe('1\n2')
})
