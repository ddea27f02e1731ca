/** The volumes of a project restored together: all of them or none, whatever happens, and taken back likewise. */
import { randomInt } from 'node:crypto'
import { existsSync } from 'node:fs'
import { cp, mkdir, truncate } from 'node:fs/promises'
import path from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { expectDone, expectExit, expectNoHelpers, expectSameTree, startedAt, statesOf } from './checks.ts'
import type { Compose } from './compose.ts'
import { countDockerCalls, moments, runKilledAround } from './docker-shim.ts'
import { killWhile, switchStates } from './killed-while.ts'
import { expectDoctorPutsRight, expectEmptyJournal } from './left-behind.ts'
import { listTree, type Listing } from './listing.ts'
import { fillWithOddTree } from './odd-tree.ts'
import { rounds, scenario, type Scenario } from './scenario.ts'
import { sideBySide } from './side-by-side.ts'
import { temporaryFolder } from './standalone.ts'
import { snapshotOnDisk } from './stored.ts'
import { startShop } from './workloads/shop.ts'

/** Most of the time that a kill takes is spent waiting: several are under way at once, each with a store of its own. */
const beds = await Promise.all(
  Array.from({ length: Math.min(rounds(2), 6) }, (_, index) => scenario(`project-restore-${index + 1}`)),
)
const bed = bedOf(0)
/** Seconds within which containers run again when the plugin has been killed, on a machine that does other things. */
const patience = 40
/** Seconds for which a watchdog waits for an order to stop that was lost, with what a container gets to end. */
const watchedFor = 90

function bedOf(number: number): Scenario {
  const found = beds[number]
  if (found === undefined) throw new Error(`there is no scenario ${number}`)
  return found
}

/** The set that snapshots of a project belong to, by their references. */
async function takeSet(own: Scenario, project: string, ...more: readonly string[]) {
  const output = expectDone(await own.vol('snapshot', '--format=json', '--project', project, ...more))
  const taken: readonly Taken[] = output
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  return { reference: taken[0]?.Set.Reference ?? '', references: taken.map(({ Reference }) => Reference) }
}

type Taken = { readonly Reference: string; readonly Set: { readonly Reference: string } }

test(
  'a running shop must be as it was at one instant again, and go on; and that must be undone',
  { timeout: 600_000 },
  async () => {
    const shop = await startShop(bed)
    const { project } = shop.compose
    const before = await shop.orders()
    const { reference } = await takeSet(bed, project, '--consistency=pause', '--max-hold=1m')
    const taken = await shop.orders()
    await expect.poll(() => shop.orders(), { timeout: 30_000, interval: 500 }).toBeGreaterThan(taken + 5)
    await shop.compose.exec('web', 'touch', '/uploads/later')
    const containers = [await shop.container('db'), await shop.container('web')]

    const { stdout, stderr, exitCode } = await bed.vol('restore', '--yes', '--project', `${project}@latest`)
    expect(exitCode, stderr).toBe(0)
    // The image of the service `web` has a VOLUME of its own, which makes an anonymous one.
    expect(stdout.trim().split('\n')).toEqual(expect.arrayContaining(Object.values(shop.volumes)))
    expect(stderr).toContain(`docker vol undo --project ${project}`)
    expect([await shop.container('db'), await shop.container('web')]).toEqual(containers)
    expect(await statesOf(bed, ...containers)).toEqual(['running', 'running'])
    const [db = '', web = ''] = await Promise.all(containers.map((each) => startedAt(bed, each)))
    expect(db < web, 'who depends on the database is started after it').toBe(true)
    const restored = await shop.orders()
    expect(restored).toBeGreaterThanOrEqual(before)
    await expect.poll(() => shop.orders(), { timeout: 30_000, interval: 500 }).toBeGreaterThan(restored)

    await shop.compose.run('stop', '--timeout=60')
    const isThere = async () => 'later' in (await bed.listing(shop.volumes.uploads)).files
    expect(await isThere()).toBe(false)
    expect(await shop.check(await copies(shop.volumes))).toEqual([])
    expectDone(await bed.vol('undo', '--yes', '--project', project))
    expect(await statesOf(bed, ...containers)).toEqual(['exited', 'exited'])
    expect(await isThere()).toBe(true)
    expect(await shop.check(shop.volumes)).toEqual([])
    expect(reference).toMatch(new RegExp(`^${project}@`))
    await expectEmptyJournal(bed)
  },
)

/** Copies that may be changed. */
async function copies({ data, uploads }: { readonly data: string; readonly uploads: string }) {
  const made = { data: bed.name('data'), uploads: bed.name('uploads') }
  const clone = async (from: string, to: string) => expectDone(await bed.vol('clone', '--quiet', from, to))
  await Promise.all([clone(data, made.data), clone(uploads, made.uploads)])
  return made
}

describe('a project of two volumes and two services', () => {
  type Side = {
    readonly set: string
    readonly references: readonly string[]
    readonly contents: readonly Listing[]
  }
  type Place = {
    readonly bed: Scenario
    readonly project: Compose
    readonly volumes: readonly [string, string]
    readonly folders: readonly string[]
    readonly containers: readonly string[]
    readonly sides: readonly [Side, Side]
  }
  let places: readonly Place[]

  beforeAll(async () => {
    places = await Promise.all(beds.map(startPlace))
  })

  async function startPlace(own: Scenario): Promise<Place> {
    await mkdir(temporaryFolder(own), { recursive: true })
    const service = {
      image: own.images.debian,
      pull_policy: 'never',
      init: true,
      command: ['sleep', 'infinity'],
      stop_grace_period: '1s',
    }
    const project = await own.compose({
      services: {
        first: { ...service, volumes: ['one:/one'] },
        second: { ...service, volumes: ['one:/one', 'two:/two'], depends_on: ['first'] },
      },
      volumes: { one: null, two: null },
    })
    await project.up()
    const volumes = [project.volume('one'), project.volume('two')] as const
    const containers = await Promise.all(
      ['first', 'second'].map(async (each) => (await project.run('ps', '--quiet', each)).stdout.trim()),
    )
    const folders = await Promise.all(volumes.map((each) => own.mountpoint(each)))
    const side = async (seed: string): Promise<Side> => {
      for (const each of folders) await fillWithOddTree(each, seed)
      const { reference, references } = await takeSet(own, project.project)
      return { set: reference, references, contents: await Promise.all(folders.map(listTree)) }
    }
    const sides = [await side('one'), await side('two')] as const
    return { bed: own, project, volumes: [volumes[0], volumes[1]], folders, containers, sides }
  }

  function placeOf(number: number): Place {
    const place = places[number]
    if (place === undefined) throw new Error(`there is no place ${number}`)
    return place
  }

  const contents = ({ folders }: Place) => Promise.all(folders.map(listTree))
  const holds = ({ folders }: Place): readonly (0 | 1)[] =>
    folders.map((each) => (existsSync(path.join(each, 'only-one')) ? 0 : 1))
  const other = (place: Place): Side => place.sides[holds(place)[0] === 0 ? 1 : 0]
  const restoreTheOther = (place: Place) => ['restore', '--yes', '--project', other(place).set]

  async function expectRunning({ bed: own, containers }: Place): Promise<void> {
    await expect
      .poll(() => statesOf(own, ...containers), { timeout: patience * 1000, interval: 250 })
      .toEqual(['running', 'running'])
  }

  /** All of it is of one side, and what ran runs. */
  async function expectOneSide(place: Place): Promise<Side> {
    const [now = 0] = holds(place)
    expect(holds(place), 'which side each volume holds').toEqual([now, now])
    const side = place.sides[now]
    for (const [index, listing] of (await contents(place)).entries())
      expectSameTree(listing, side.contents[index] ?? { files: {}, allocated: {} })
    await expectRunning(place)
    return side
  }

  test('a plan must name every volume and container, and nothing be done unasked', async () => {
    const first = placeOf(0)
    const { project, containers } = first
    const before = await Promise.all(containers.map((each) => startedAt(bed, each)))
    const { set, references } = other(first)
    const words = ['restore', '--project', set]
    const plan = expectDone(await bed.vol(...words, '--dry-run'))
    for (const each of references) expect(plan).toContain(each)
    expect(plan.match(/stop \S+ meanwhile/g)).toHaveLength(2)
    const [step] = expectDone(await bed.vol(...words, '--dry-run', '--format=json')).split('\n')
    expect(JSON.parse(step ?? '')).toMatchObject({ Step: 'restore-set', Holds: [{ How: 'stop' }, {}] })
    expectExit(await bed.vol(...words), 5, /volumes ".*", ".*" will be replaced\. Containers/)
    expect(await Promise.all(containers.map((each) => startedAt(bed, each)))).toEqual(before)
    expectExit(await bed.vol('restore', '--project', project.project), 2, `${project.project}@latest`)
    expectExit(await bed.vol('restore', '--project', `${bed.name('nobody')}@latest`), 4, 'no set')
    expectExit(await bed.vol(...words, '--into', 'elsewhere'), 2, '--into')
    expectExit(await bed.vol(...words, 'elsewhere'), 4, 'holds no volume "elsewhere"')
    expectExit(await bed.vol('undo', '--project', project.project), 4, 'The store holds nothing')
  })

  test('damage in one snapshot must be found before anything is touched, and a missing one refused', async () => {
    const first = placeOf(0)
    const { project, containers, volumes } = first
    const before = await Promise.all(containers.map((each) => startedAt(bed, each)))
    const { set, references, contents: wanted } = other(first)
    const was = await contents(first)
    const second = references.find((each) => each.startsWith(`${volumes[1]}@`)) ?? ''
    const broken = path.join(bed.folder, 'broken')
    await cp(bed.store, broken, { recursive: true })
    const inBroken = ['--store', broken, '--project', set]
    await truncate((await snapshotOnDisk(broken, second)).layers[0] ?? '', 1000)
    expectExit(await bed.vol('restore', '--yes', ...inBroken), 3, 'is damaged')
    await truncate((await snapshotOnDisk(broken, second)).config, 10)
    expectExit(await bed.vol('restore', '--yes', ...inBroken), 3, 'cannot be read')
    expectDone(await bed.vol('rm', '--yes', '--force', '--store', broken, second))
    expectExit(await bed.vol('restore', '--yes', ...inBroken), 4, `no snapshot of ${volumes[1]}`)
    expect(await contents(first)).toEqual(was)
    expect(await Promise.all(containers.map((each) => startedAt(bed, each)))).toEqual(before)

    expectDone(await bed.vol('restore', '--yes', ...inBroken, volumes[0]))
    const [one, two] = await contents(first)
    expectSameTree(one ?? { files: {}, allocated: {} }, wanted[0] ?? { files: {}, allocated: {} })
    expectSameTree(two ?? { files: {}, allocated: {} }, was[1] ?? { files: {}, allocated: {} })
    expectDone(await bed.vol('undo', '--yes', '--store', broken, '--project', project.project))
    await expectOneSide(first)
  })

  test('killed at every state of the switch, all volumes are old or all are new', async () => {
    const states = Array.from({ length: rounds(1, 0.5) }, () => switchStates).flat()
    await sideBySide(states, places.length, async (state, number) => {
      const place = placeOf(number)
      const how = { state, wait: randomInt(25), victim: 'plugin' as const }
      const watched = place.volumes[randomInt(2)] ?? place.volumes[0]
      let wanted = other(place)
      const words = () => {
        wanted = other(place)
        return restoreTheOther(place)
      }
      await killWhile(place.bed, words, watched, how)
      await expectPutRight(place)
      const side = await expectOneSide(place)
      if (state !== 'staging') expect(side).toBe(wanted)
    })
  })

  test('killed around any call of docker, all volumes are old or all are new', async () => {
    const calls = await countDockerCalls(bed, restoreTheOther(placeOf(0)))
    const count = rounds(2, 3)
    const kills = Array.from({ length: count }, (_, round) => {
      return 1 + Math.floor((calls * (round + Math.random())) / count)
    })
    await sideBySide(kills, places.length, async (call, number) => {
      const place = placeOf(number)
      const moment = moments[randomInt(moments.length)] ?? 'before'
      await runKilledAround(place.bed, restoreTheOther(place), call, moment)
      await expectPutRight(place)
      await expectOneSide(place)
    })
  })

  test('when a helper dies in the switch, all volumes are new before their containers go on', async () => {
    const place = placeOf(0)
    let wanted = other(place)
    const words = () => {
      wanted = other(place)
      return restoreTheOther(place)
    }
    await killWhile(bed, words, place.volumes[1], { state: 'moving-old', wait: 0, victim: 'helper' })
    expect(await expectOneSide(place)).toBe(wanted)
    await expectPutRight(place)
  })

  /** The watchdog lets containers go on; the next run puts right what is left, once the helpers have ended. */
  async function expectPutRight(place: Place): Promise<void> {
    await expectRunning(place)
    await Promise.all(place.volumes.map((each) => expectNoHelpers(place.bed, each, patience)))
    await expectDoctorPutsRight(place.bed, watchedFor)
    await expectEmptyJournal(place.bed)
  }
})
