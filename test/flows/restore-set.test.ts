/** Volumes of a project that are restored together: all of them or none, whatever ends it. */
import { readdir, rename } from 'node:fs/promises'
import path from 'node:path'
import { execa } from 'execa'
import { describe, expect, test } from 'vitest'
import type { Docker, Helper } from '../../src/docker/docker.ts'
import { planRestoreSet } from '../../src/operations/restore-set.ts'
import { planSnapshot } from '../../src/operations/snapshot.ts'
import { putInterruptedRight } from '../../src/plan/interrupted.ts'
import type { Journal } from '../../src/plan/journal.ts'
import type { Plan } from '../../src/plan/step.ts'
import type { World } from '../../src/plan/world.ts'
import type { SnapshotSet, StoredSnapshot } from '../../src/snapshots/format.ts'
import { setsOf } from '../../src/snapshots/sets.ts'
import { tagOfEndedProcess } from '../../src/stores/ended-process.ts'
import { rounds } from '../e2e/rounds.ts'
import { outcomesOf } from './carry-out.ts'
import { fillTree, treeListing } from './tree.ts'
import { flow, type Flow } from './world.ts'

const volumes = ['data', 'uploads'] as const
const set: SnapshotSet = { id: '20261123T071155Z-3f9c', project: 'shop', volumes }

/** How both volumes are. */
const listings = (here: Flow) => Promise.all(volumes.map((each) => treeListing(here.engine.folder(each))))

type Shop = { readonly snapshots: readonly StoredSnapshot[]; readonly old: string[]; readonly new: string[] }

/** Two volumes that hold something else than the snapshots of their set. */
async function shop(here: Flow): Promise<Shop> {
  for (const each of volumes) await fillTree(await here.volume(each), `${each} as it shall be`, 1000)
  const wanted = await listings(here)
  const observed = await Promise.all(volumes.map((each) => here.observe(each)))
  const outcomes = await outcomesOf(here.world, planSnapshot(observed, { consistency: 'auto' }, set))
  const snapshots = outcomes.flatMap((outcome) => (outcome.did === 'snapshot' ? [outcome.snapshot] : []))
  for (const each of volumes) {
    await execa('find', [here.engine.folder(each), '-mindepth', '1', '-delete'])
    await fillTree(here.engine.folder(each), `${each} as it was`, 1000)
  }
  return { snapshots, old: await listings(here), new: wanted }
}

async function planned(here: Flow, snapshots: readonly StoredSnapshot[]): Promise<Plan> {
  const members = await Promise.all(
    snapshots.map(async (snapshot) => {
      const there = (await here.world.docker.volume(snapshot.volume)) !== undefined
      const observed = there ? await here.observe(snapshot.volume) : undefined
      return { snapshot, target: { name: snapshot.volume, observed, empty: false } }
    }),
  )
  return planRestoreSet(set, members, { why: 'asked for' })
}

async function expectTidy(here: Flow): Promise<void> {
  expect(await readdir(here.world.journal.location)).toEqual([])
  expect((await here.world.docker.containers()).filter(({ name }) => name.startsWith('docker-vol'))).toEqual(
    [],
  )
}

describe('volumes that are restored together', () => {
  test('come back, and what they held is a set of its own that takes them back', async () => {
    const here = await flow()
    const { snapshots, old, new: wanted } = await shop(here)
    const outcomes = await outcomesOf(here.world, await planned(here, snapshots))
    expect(await listings(here)).toEqual(wanted)
    expect(outcomes).toMatchObject([
      { did: 'restored', volume: 'data', from: `data@${snapshots[0]?.id}` },
      { did: 'restored', volume: 'uploads' },
    ])
    await expectTidy(here)

    const replaced = setsOf(await here.world.store.list()).filter((found) => found.set.id !== set.id)
    expect(replaced).toMatchObject([{ set: { project: 'shop', volumes }, missing: [] }])
    await outcomesOf(here.world, await planned(here, replaced[0]?.snapshots ?? []))
    expect(await listings(here)).toEqual(old)
    await expectTidy(here)
  })

  test('are made anew where they are gone, and go again when another cannot be restored', async () => {
    const here = await flow()
    const { snapshots, old, new: wanted } = await shop(here)
    await here.world.docker.removeVolume('data')
    const plan = await planned(here, snapshots)
    const [first, second] = snapshots
    if (first === undefined || second === undefined) throw new Error('there are two')
    const broken = failing(here, ({ arguments: args }) => args.includes('replace'))
    await expect(outcomesOf(broken, plan)).rejects.toThrow('no more')
    expect(await here.world.docker.volume('data')).toBeUndefined()
    expect(await treeListing(here.engine.folder('uploads'))).toBe(old[1])
    await expectTidy(here)

    await outcomesOf(here.world, plan)
    expect(await listings(here)).toEqual(wanted)
    const [, replaced] = setsOf(await here.world.store.list())
    expect(replaced?.set.volumes).toEqual(['uploads'])
  })

  test('are all put in place when the switch of one fails after that of another', async () => {
    const here = await flow()
    const { snapshots, new: wanted } = await shop(here)
    let switches = 0
    const broken = failing(here, ({ text }) => text.includes('tree=$staging/new') && (switches += 1) === 2)
    await outcomesOf(broken, await planned(here, snapshots))
    expect(await listings(here)).toEqual(wanted)
    expect(here.messages).toContain('What stopped the restore came too late: the new contents are in place.')
    expect(setsOf(await here.world.store.list())).toHaveLength(2)
    await expectTidy(here)
  })

  test('keep what they hold when somebody begins to use one of them meanwhile', async () => {
    const here = await flow()
    const { snapshots, old } = await shop(here)
    const plan = await planned(here, snapshots)
    here.engine.container({
      name: 'db',
      mounts: [{ volume: 'uploads', destination: '/uploads', readOnly: false }],
    })
    await expect(outcomesOf(here.world, plan)).rejects.toMatchObject({ code: 'VOLUME_IN_USE' })
    expect(await listings(here)).toEqual(old)
    await expectTidy(here)
  })

  test.each([
    ['before it is decided that all are switched', 'before', 'undone'],
    ['once that is decided, before the first is', 'after', 'finished'],
  ] as const)('hold all the old or all the new when the process dies %s', async (_, moment, became) => {
    const here = await flow()
    const { snapshots, old, new: wanted } = await shop(here)
    const { world, leave } = dying(here, (step) => (step.what === 'switch' ? moment : undefined))
    await expect(outcomesOf(world, await planned(here, snapshots))).rejects.toThrow()
    await leave()
    const put = await putInterruptedRight(here.world)
    // Operations have no order of their own.
    expect(put.toSorted((one, other) => (one.about < other.about ? -1 : 1))).toMatchObject([
      { about: expect.stringMatching(`"data" was ${became}`), mended: true },
      { about: expect.stringMatching(`"uploads" was ${became}`), mended: true },
    ])
    expect(await listings(here)).toEqual(became === 'undone' ? old : wanted)
    expect(setsOf(await here.world.store.list())).toHaveLength(became === 'undone' ? 1 : 2)
    await expectTidy(here)
  })

  test('hold all the old or all the new wherever the process dies', async () => {
    const here = await flow()
    const { snapshots, old, new: wanted } = await shop(here)
    let steps = 0
    const alive = dying(here, () => void (steps += 1))
    await outcomesOf(alive.world, await planned(here, snapshots))
    const [, replaced] = setsOf(await here.world.store.list())
    expect(steps).toBeGreaterThan(14)
    let now = wanted
    const rest = rounds(3)
    for (let round = 0; round < rest; round += 1) {
      const at = Math.floor((steps * (round + Math.random())) / rest)
      const { world, leave } = dying(here, ({ count }) =>
        count === at ? (round % 2 === 0 ? 'before' : 'after') : undefined,
      )
      const other = now === old ? snapshots : (replaced?.snapshots ?? [])
      await outcomesOf(world, await planned(here, other)).catch(() => undefined)
      await leave()
      await putInterruptedRight(here.world)
      const found = await listings(here)
      expect([old, wanted], `it died at ${at} of ${steps}`).toContainEqual(found)
      now = found[0] === old[0] ? old : wanted
      await expectTidy(here)
    }
  })
})

type Ran = { readonly text: string; readonly arguments: readonly string[] }

/** The same world, in which the first script that is chosen fails, and its helper with it. */
function failing(here: Flow, chosen: (script: Ran) => boolean): World {
  let failed = false
  return worldWith(here.world, (docker) => ({
    ...docker,
    async startHelper(request) {
      const helper = await docker.startHelper(request)
      const run: Helper['run'] = async (script) => {
        if (failed || !chosen(script)) return await helper.run(script)
        failed = true
        throw new Error('no more')
      }
      return { ...helper, run }
    },
  }))
}

type Moment = 'before' | 'after'
/** `what` is the kind of an entry in the journal, or the script. */
type Dying = (step: { readonly count: number; readonly what: string }) => Moment | undefined

/** The same world, which ends around one of its steps: from then on nothing in it does anything. */
function dying(here: Flow, when: Dying) {
  let count = 0
  let isDead = false
  const helpers: Helper[] = []
  const step = async <Result>(what: string, act: () => Promise<Result>): Promise<Result> => {
    const moment = isDead ? undefined : when({ count: (count += 1), what })
    if (moment === 'before') isDead = true
    if (isDead) throw new Error('dead')
    const result = await act()
    if (moment === 'after') isDead = true
    return result
  }
  const alive = <Args extends readonly unknown[], Result>(act: (...args: Args) => Promise<Result>) => {
    return async (...args: Args): Promise<Result> => {
      if (isDead) throw new Error('dead')
      return await act(...args)
    }
  }
  const { journal } = here.world
  const world: World = worldWith(
    here.world,
    (docker) => ({
      ...docker,
      volume: alive((name) => docker.volume(name)),
      containers: alive((volume) => docker.containers(volume)),
      removeVolume: alive((name) => docker.removeVolume(name)),
      startHelper: alive(async (request) => {
        const helper = await docker.startHelper(request)
        helpers.push(helper)
        return {
          ...helper,
          run: (script) => step(script.text, () => helper.run(script)),
          reading: alive((script) => helper.reading(script)),
          writing: alive((script) => helper.writing(script)),
          close: alive(() => helper.close()),
        }
      }),
    }),
    {
      ...journal,
      begin: (entry) => step(entry.kind, () => journal.begin(entry)),
      end: (operation) => step('end', () => journal.end(operation)),
    },
  )
  /** What the end of a process does: its helpers end, and its entries are those of nobody. */
  async function leave(): Promise<void> {
    await Promise.all(helpers.map((helper) => helper.close()))
    const { location } = journal
    const tag = await tagOfEndedProcess()
    for (const name of await readdir(location))
      await rename(path.join(location, name), path.join(location, name.replace(/@.*?\.json/, `@${tag}.json`)))
  }
  return { world, leave }
}

function worldWith(
  world: World,
  change: (docker: Docker) => Docker,
  journal: Journal = world.journal,
): World {
  return {
    ...world,
    docker: change(world.docker),
    journal,
    withSignal: (signal) => worldWith(world.withSignal(signal), change, journal),
    withoutSignal: () => worldWith(world.withoutSignal(), change, journal),
  }
}
