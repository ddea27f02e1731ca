/** The volumes of a project restored together: all of them or none, whatever happens, and taken back likewise. */
import { randomInt } from 'node:crypto'
import { cp, mkdir, truncate } from 'node:fs/promises'
import path from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { expectDone, expectExit, expectNoHelpers, expectSameTree, startedAt, statesOf } from './checks.ts'
import type { Compose } from './compose.ts'
import { countDockerCalls, moments, runKilledAround } from './docker-shim.ts'
import { runKilledWhile, switchStates } from './killed-while.ts'
import { expectEmptyJournal } from './left-behind.ts'
import type { Listing } from './listing.ts'
import { fillWithOddTree } from './odd-tree.ts'
import { rounds, scenario } from './scenario.ts'
import { startPlugin, temporaryFolder } from './standalone.ts'
import { snapshotOnDisk } from './stored.ts'
import { startShop } from './workloads/shop.ts'

const bed = await scenario('project-restore')
/** Seconds within which containers run again when the plugin has been killed, on a machine that does other things. */
const patience = 40

/** The set that snapshots of a project belong to, by their references. */
async function takeSet(project: string, ...more: readonly string[]) {
  const output = expectDone(await bed.vol('snapshot', '--format=json', '--project', project, ...more))
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
    const { reference } = await takeSet(project, '--consistency=pause', '--max-hold=1m')
    const taken = await shop.orders()
    await expect.poll(() => shop.orders(), { timeout: 30_000 }).toBeGreaterThan(taken + 5)
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
    await expect.poll(() => shop.orders(), { timeout: 30_000 }).toBeGreaterThan(restored)

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
  expectDone(await bed.vol('clone', '--quiet', data, made.data))
  expectDone(await bed.vol('clone', '--quiet', uploads, made.uploads))
  return made
}

/** Which of two sides a tree is of. */
const holds = (listing: Listing | undefined): 0 | 1 => ('only-one' in (listing?.files ?? {}) ? 0 : 1)

describe('a project of two volumes and two services', () => {
  type Side = {
    readonly set: string
    readonly references: readonly string[]
    readonly contents: readonly Listing[]
  }
  let project: Compose
  let volumes: readonly [string, string]
  let containers: readonly string[]
  let sides: readonly [Side, Side]

  const contents = () => Promise.all(volumes.map((each) => bed.listing(each)))

  beforeAll(async () => {
    await mkdir(temporaryFolder(bed), { recursive: true })
    const service = {
      image: bed.images.debian,
      pull_policy: 'never',
      init: true,
      command: ['sleep', 'infinity'],
      stop_grace_period: '1s',
    }
    project = await bed.compose({
      services: {
        first: { ...service, volumes: ['one:/one'] },
        second: { ...service, volumes: ['one:/one', 'two:/two'], depends_on: ['first'] },
      },
      volumes: { one: null, two: null },
    })
    await project.up()
    volumes = [project.volume('one'), project.volume('two')]
    const ids = await Promise.all(
      ['first', 'second'].map(async (each) => (await project.run('ps', '--quiet', each)).stdout.trim()),
    )
    containers = ids
    const side = async (seed: string): Promise<Side> => {
      for (const each of volumes) await fillWithOddTree(await bed.mountpoint(each), seed)
      const { reference, references } = await takeSet(project.project)
      return { set: reference, references, contents: await contents() }
    }
    sides = [await side('one'), await side('two')]
  })

  const other = async (): Promise<Side> => sides[holds((await contents())[0]) === 0 ? 1 : 0]
  const restoreTheOther = async () => ['restore', '--yes', '--project', (await other()).set]

  async function expectRunning(): Promise<void> {
    await expect
      .poll(() => statesOf(bed, ...containers), { timeout: patience * 1000, interval: 100 })
      .toEqual(['running', 'running'])
  }

  /** All of it is of one side, and what ran runs. */
  async function expectOneSide(): Promise<Side> {
    const found = await contents()
    const now = holds(found[0])
    expect(found.map(holds), 'which side each volume holds').toEqual([now, now])
    const side = sides[now]
    for (const [index, listing] of found.entries())
      expectSameTree(listing, side.contents[index] ?? { files: {}, allocated: {} })
    await expectRunning()
    return side
  }

  test('a plan must name every volume and container, and nothing be done unasked', async () => {
    const before = await Promise.all(containers.map((each) => startedAt(bed, each)))
    const { set, references } = await other()
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
    const before = await Promise.all(containers.map((each) => startedAt(bed, each)))
    const { set, references, contents: wanted } = await other()
    const was = await contents()
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
    expect(await contents()).toEqual(was)
    expect(await Promise.all(containers.map((each) => startedAt(bed, each)))).toEqual(before)

    expectDone(await bed.vol('restore', '--yes', ...inBroken, volumes[0]))
    const [one, two] = await contents()
    expectSameTree(one ?? { files: {}, allocated: {} }, wanted[0] ?? { files: {}, allocated: {} })
    expectSameTree(two ?? { files: {}, allocated: {} }, was[1] ?? { files: {}, allocated: {} })
    expectDone(await bed.vol('undo', '--yes', '--store', broken, '--project', project.project))
    await expectOneSide()
  })

  test.each(switchStates)('killed while %s one of the volumes, all are old or all are new', async (state) => {
    const count = rounds(1)
    for (let round = 0; round < count; round += 1) {
      const how = { state, wait: randomInt(25), victim: 'plugin' as const }
      const watched = volumes[randomInt(2)] ?? volumes[0]
      const wanted = await other()
      const { killed, stderr } = await runKilledWhile(bed, await restoreTheOther(), watched, how)
      expect(killed, stderr).toBe(true)
      await expectPutRight()
      const side = await expectOneSide()
      if (state !== 'staging') expect(side).toBe(wanted)
    }
  })

  test('killed around any call of docker, all volumes are old or all are new', async () => {
    const calls = await countDockerCalls(bed, await restoreTheOther())
    const count = rounds(3)
    for (let round = 0; round < count; round += 1) {
      const call = 1 + Math.floor((calls * (round + Math.random())) / count)
      await runKilledAround(
        bed,
        await restoreTheOther(),
        call,
        moments[randomInt(moments.length)] ?? 'before',
      )
      await expectPutRight()
      await expectOneSide()
    }
  })

  test('when a helper dies in the switch, all volumes are new before their containers go on', async () => {
    const wanted = await other()
    const how = { state: 'moving-old' as const, wait: 0, victim: 'helper' as const }
    const { killed, stderr } = await runKilledWhile(bed, await restoreTheOther(), volumes[1], how)
    expect(killed, stderr).toBe(true)
    expect(await expectOneSide()).toBe(wanted)
    await expectPutRight()
  })

  /** The watchdog lets containers go on; the next run puts right what is left, once the helpers have ended. */
  async function expectPutRight(): Promise<void> {
    await expectRunning()
    for (const each of volumes) await expectNoHelpers(bed, each, patience)
    expectDone(await startPlugin(bed, ['doctor']).ended)
    await expectEmptyJournal(bed)
  }
})
