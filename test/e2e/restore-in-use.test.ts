/** A restore over a volume that containers use: they are stopped for the renames alone, and run again whatever happens. */
import { randomInt } from 'node:crypto'
import { existsSync } from 'node:fs'
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
import { killWhile, switchStates } from './killed-while.ts'
import { expectDoctorPutsRight, expectEmptyJournal } from './left-behind.ts'
import { listTree, type Listing } from './listing.ts'
import { query, startPostgres } from './native-server.ts'
import { fillWithOddTree } from './odd-tree.ts'
import { rounds, scenario, type Scenario } from './scenario.ts'
import { sideBySide } from './side-by-side.ts'
import { startPlugin, temporaryFolder } from './standalone.ts'
import { snapshotOnDisk } from './stored.ts'

/** Most of the time that a kill takes is spent waiting: several are under way at once, each with a store of its own. */
const beds = await Promise.all(
  Array.from({ length: Math.min(rounds(2), 6) }, (_, index) => scenario(`in-use-${index + 1}`)),
)
/** Seconds within which containers run again when the plugin has been killed; the last look may take a while. */
const promised = 6
/** Seconds for what nobody has promised, on a machine that does many other things. */
const patience = 40
/** Seconds for which a watchdog waits for an order to stop that was lost, with what a container gets to end. */
const watchedFor = 90
type Side = { readonly reference: string; readonly contents: Listing }

/** A volume with two snapshots, and who uses it. */
type Place = {
  readonly bed: Scenario
  readonly volume: string
  readonly folder: string
  readonly user: string
  readonly reader: string
  readonly stopped: string
  readonly sides: readonly [Side, Side]
}
let places: readonly Place[]
let first: Place

beforeAll(async () => {
  places = await Promise.all(beds.map(startPlace))
  first = placeOf(0)
})

async function startPlace(bed: Scenario): Promise<Place> {
  await mkdir(temporaryFolder(bed), { recursive: true })
  const volume = await bed.volume()
  const folder = await bed.mountpoint(volume)
  const side = async (seed: string): Promise<Side> => {
    await fillWithOddTree(folder, seed)
    return {
      reference: onlyReference(await bed.vol('snapshot', '--quiet', volume)),
      contents: await listTree(folder),
    }
  }
  const sides = [await side('one'), await side('two')] as const
  const [user, reader, stopped] = await Promise.all([
    bed.container({ volumes: { [volume]: '/data' } }),
    bed.container({ volumes: { [volume]: '/data:ro' } }),
    bed.container({ volumes: { [volume]: '/data' } }),
  ])
  await bed.docker('stop', stopped)
  return { bed, volume, folder, user, reader, stopped, sides }
}

function placeOf(number: number): Place {
  const place = places[number]
  if (place === undefined) throw new Error(`there is no place ${number}`)
  return place
}

const holds = ({ folder }: Place): 0 | 1 => (existsSync(path.join(folder, 'only-one')) ? 0 : 1)
const other = (place: Place): Side => place.sides[holds(place) === 0 ? 1 : 0]
const restoreTheOther = (place: Place) => ['restore', '--yes', other(place).reference]

/** What ran runs, what did not does not, and the containers see what the volume holds. */
async function expectRunning({ bed, user, reader, stopped }: Place, seconds = promised): Promise<void> {
  await expect
    .poll(() => statesOf(bed, user, reader, stopped), { timeout: seconds * 1000, interval: 250 })
    .toEqual(['running', 'running', 'exited'])
}

async function expectOneSide(place: Place): Promise<Side> {
  const { bed, sides, folder, user, reader } = place
  const side = sides[holds(place)]
  expectSameTree(await listTree(folder), side.contents)
  const seen = await Promise.all(
    [user, reader].map((container) => bed.docker('exec', container, 'ls', '-A', '/data')),
  )
  for (const { stdout } of seen) expect(stdout).toContain(side === sides[0] ? 'only-one' : 'only-two')
  return side
}

/** The watchdog lets containers go on; the next run puts right what is left, once the helper has ended. */
async function expectPutRight(place: Place): Promise<void> {
  const { bed, volume } = place
  await expectRunning(place)
  await expectNoHelpers(bed, volume, patience)
  await expectDoctorPutsRight(bed, watchedFor)
  await expectOneSide(place)
  await expectEmptyJournal(bed)
}

test('a restore must stop who uses the volume, start it again, and be taken back likewise', async () => {
  const { bed, volume, user } = first
  const before = await startedAt(bed, user)
  const was = first.sides[holds(first)]
  const wanted = other(first)
  const { stderr, exitCode } = await bed.vol(...restoreTheOther(first))
  expect(exitCode, stderr).toBe(0)
  await expectRunning(first, 1)
  const between = await startedAt(bed, user)
  expect(between).not.toBe(before)
  expect(await expectOneSide(first)).toBe(wanted)
  const [copy = ''] = expectDone(await bed.vol('undo', '--list', '-q', volume)).split('\n')
  const [config] = JSON.parse(expectDone(await bed.vol('show', copy)))
  expect(config.Config.consistency).toMatchObject({ method: 'stopped', why: expect.stringContaining(user) })
  expectDone(await bed.vol('undo', '--yes', volume))
  await expectRunning(first, 1)
  expect(await startedAt(bed, user)).not.toBe(between)
  expect(await expectOneSide(first)).toBe(was)
  await expectEmptyJournal(bed)
})

test('a restore must say whom it would stop, and stop nobody unasked', async () => {
  const { bed, user } = first
  const before = await startedAt(bed, user)
  const { reference } = other(first)
  const plan = expectDone(await bed.vol('restore', '--dry-run', reference))
  expect(plan).toMatch(new RegExp(`^1\\. .+# .+containers .*"${user}".+ stopped .+ started again`, 'm'))
  expectExit(
    await bed.vol('restore', reference),
    5,
    /Containers .*"\S+", "\S+" will be stopped for a moment and started again\./,
  )
  expectExit(await bed.vol('restore', '--path=dir', reference), 5, `"${user}"`)
  expect(await startedAt(bed, user)).toBe(before)
})

test('single paths must be restored under a running container, and taken back', async () => {
  const { bed, volume } = first
  const { reference, contents } = other(first)
  const before = (await bed.listing(volume)).files['top-1']
  expectDone(await bed.vol('restore', '--yes', '--path=top-1', reference))
  expect((await bed.listing(volume)).files['top-1']?.sha256).toBe(contents.files['top-1']?.sha256)
  expectDone(await bed.vol('undo', '--yes', volume))
  expect((await bed.listing(volume)).files['top-1']?.sha256).toBe(before?.sha256)
  await expectRunning(first, 1)
  // The hard link that it was one of is a file of its own now.
  expectDone(await bed.vol(...restoreTheOther(first)))
})

test('a restore that fails before the switch must never have stopped anybody', async () => {
  const { bed, volume, user } = first
  const before = await startedAt(bed, user)
  const contents = await bed.listing(volume)
  const broken = path.join(bed.folder, 'broken')
  await cp(bed.store, broken, { recursive: true })
  const { reference } = other(first)
  const [layer = ''] = (await snapshotOnDisk(broken, reference)).layers
  await truncate(layer, 1000)
  expectExit(await bed.vol('restore', '--yes', '--store', broken, reference), 3, 'is damaged')
  expectSameTree(await bed.listing(volume), contents)
  expect(await startedAt(bed, user)).toBe(before)
})

test.each([
  ['is paused', async (name: string) => void (await first.bed.docker('pause', name)), {}],
  ['was started with --rm', async () => undefined, { more: ['--rm'] }],
] as const)('a restore must refuse when a container %s, and touch nothing', async (_, prepare, request) => {
  const { bed } = first
  const own = await bed.volume('refused')
  await fillWithOddTree(await bed.mountpoint(own), 'mine')
  const before = await bed.listing(own)
  const container = await bed.container({ volumes: { [own]: '/data' }, ...request })
  await prepare(container)
  const [state] = await statesOf(bed, container)
  expectExit(await bed.vol('restore', '--yes', '--into', own, first.sides[0].reference), 5, `"${container}"`)
  expectSameTree(await bed.listing(own), before)
  expect(await statesOf(bed, container)).toEqual([state])
})

test('killed at every state of the switch, a restore leaves containers running and one side whole', async () => {
  const states = Array.from({ length: rounds(1, 0.5) }, () => switchStates).flat()
  await sideBySide(states, places.length, async (state, number) => {
    const place = placeOf(number)
    const how = { state, wait: randomInt(25), victim: 'plugin' as const }
    await killWhile(place.bed, () => restoreTheOther(place), place.volume, how)
    await expectPutRight(place)
  })
})

test('killed around any call of docker, a restore leaves containers running and one side whole', async () => {
  const calls = await countDockerCalls(first.bed, restoreTheOther(first))
  const count = rounds(3, 4)
  const kills = Array.from(
    { length: count },
    (_, round) => 1 + Math.floor((calls * (round + Math.random())) / count),
  )
  await sideBySide(kills, places.length, async (call, number) => {
    const place = placeOf(number)
    const moment = moments[randomInt(moments.length)] ?? 'before'
    await runKilledAround(place.bed, restoreTheOther(place), call, moment)
    await expectPutRight(place)
  })
})

test('killed at any time, a restore lets containers go on within seconds', async () => {
  const kills = Array.from({ length: rounds(2) }, () => randomInt(500, 4000))
  await sideBySide(kills, places.length, async (wait, number) => {
    const place = placeOf(number)
    const running = startPlugin(place.bed, restoreTheOther(place))
    await sleep(wait)
    running.kill('SIGKILL')
    await running.ended
    await expectPutRight(place)
  })
})

test('when its helper dies in the switch, the volume must be put right before its containers go on', async () => {
  await sideBySide(['moving-old', 'moving-new'] as const, places.length, async (state, number) => {
    const place = placeOf(number)
    const how = { state, wait: randomInt(10), victim: 'helper' as const }
    await killWhile(place.bed, () => restoreTheOther(place), place.volume, how)
    await expectRunning(place, 1)
    await expectOneSide(place)
    await expectPutRight(place)
  })
})

test('a database must run again on what was restored, and on what an undo brings back', async () => {
  const { bed } = first
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
