/** Every restore can be taken back: the flows of it on the fake engine, with a real store. */
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { execa } from 'execa'
import { describe, expect, test } from 'vitest'
import { VolError } from '../../src/errors.ts'
import { planImport, planRestore, planRestorePaths } from '../../src/operations/restore.ts'
import { lastUndoCopy, planUndo, undoCopies } from '../../src/operations/undo.ts'
import { putInterruptedRight } from '../../src/plan/interrupted.ts'
import type { Plan } from '../../src/plan/step.ts'
import type { World } from '../../src/plan/world.ts'
import type { StoredSnapshot } from '../../src/snapshots/format.ts'
import { verifySnapshot } from '../../src/snapshots/verify.ts'
import { tagOfEndedProcess } from '../../src/stores/ended-process.ts'
import { outcomesOf, snapshotOf } from './carry-out.ts'
import { fillTree, treeListing } from './tree.ts'
import { flow, type Flow } from './world.ts'

type Two = { readonly folder: string; readonly old: string; readonly snapshot: StoredSnapshot }

/** A volume that holds something else than its snapshot, with a root of its own. */
async function changed(here: Flow): Promise<Two> {
  const folder = await here.volume('data')
  await fillTree(folder, 'as it shall be', 1000)
  const snapshot = await snapshotOf(here, 'data')
  await execa('find', [folder, '-mindepth', '1', '-delete'])
  await fillTree(folder, 'as it was', 1000)
  await execa('sh', ['-c', 'touch "$1/only old"; chmod 2700 "$1"; touch -d @1111111111.5 "$1"', 'sh', folder])
  return { folder, old: await treeListing(folder), snapshot }
}

async function target(here: Flow, name = 'data') {
  const there = (await here.world.docker.volume(name)) !== undefined
  return { name, observed: there ? await here.observe(name) : undefined, empty: false }
}

async function restored(here: Flow, plan: Plan) {
  const [outcome] = await outcomesOf(here.world, plan)
  if (outcome?.did !== 'restored') throw new Error('nothing was restored')
  return outcome
}

async function undo(here: Flow, volume?: string) {
  const copy = lastUndoCopy(await here.world.store.list(), volume)
  return await restored(here, planUndo(copy, await target(here, copy.volume)))
}

async function expectTidy(here: Flow, folder: string): Promise<void> {
  expect(existsSync(path.join(folder, '.docker-vol-restore'))).toBe(false)
  expect(await readdir(here.world.journal.location)).toEqual([])
  expect(await here.world.docker.containers()).toEqual([])
}

describe('a restore over what a volume holds', () => {
  test('keeps that, whole and with the root as it was, and says what for', async () => {
    const here = await flow()
    const { folder, old, snapshot } = await changed(here)
    const { undoCopy } = await restored(here, planRestore(snapshot, await target(here)))
    if (undoCopy === undefined) throw new Error('nothing was kept')
    expect(undoCopy.config).toMatchObject({
      undo: { takenBy: 'restore', replacedBy: `data@${snapshot.id}` },
      consistency: { method: 'idle' },
      volume: { name: 'data' },
    })
    expect(await verifySnapshot(here.world, undoCopy)).toMatchObject({ whole: true })
    await restored(here, planRestore(undoCopy, await target(here, 'elsewhere')))
    expect(await treeListing(here.engine.folder('elsewhere'))).toBe(old)
    await expectTidy(here, folder)
  })

  test('can be taken back, and that can be taken back as well', async () => {
    const here = await flow()
    const { folder, old, snapshot } = await changed(here)
    await restored(here, planRestore(snapshot, await target(here)))
    const restoredTree = await treeListing(folder)
    expect(restoredTree).not.toBe(old)
    await undo(here, 'data')
    expect(await treeListing(folder)).toBe(old)
    await undo(here)
    expect(await treeListing(folder)).toBe(restoredTree)
    expect(undoCopies(await here.world.store.list('data'))).toHaveLength(3)
    await expectTidy(here, folder)
  })

  test('can be taken back when the volume has been removed since', async () => {
    const here = await flow()
    const { folder, old, snapshot } = await changed(here)
    await restored(here, planRestore(snapshot, await target(here)))
    await here.world.docker.removeVolume('data')
    const { undoCopy } = await undo(here, 'data')
    expect(undoCopy, 'nothing was there').toBeUndefined()
    expect(await treeListing(folder)).toBe(old)
  })

  test('by an archive can be taken back', async () => {
    const here = await flow()
    const { folder, old } = await changed(here)
    const file = path.join(here.folder, 'other.tar')
    await mkdir(path.join(here.folder, 'other'))
    await writeFile(path.join(here.folder, 'other', 'a'), 'a')
    await execa('tar', ['-cf', file, '-C', here.folder, 'other'])
    const { undoCopy } = await restored(here, planImport(file, await target(here), false))
    expect(undoCopy?.config.undo).toMatchObject({ replacedBy: file })
    expect(await readdir(folder)).toEqual(['a'])
    await undo(here, 'data')
    expect(await treeListing(folder)).toBe(old)
  })

  test('keeps nothing when there was nothing, and then there is nothing to undo', async () => {
    const here = await flow()
    const { snapshot } = await changed(here)
    await here.volume('empty')
    for (const name of ['empty', 'made']) {
      const { undoCopy } = await restored(here, planRestore(snapshot, await target(here, name)))
      expect(undoCopy).toBeUndefined()
      await expectTidy(here, here.engine.folder(name))
      const all = await here.world.store.list()
      expect(() => lastUndoCopy(all, name)).toThrow(
        expect.objectContaining({ code: 'NOTHING_TO_UNDO', exit: 4 }),
      )
    }
  })
})

describe('a restore of single paths', () => {
  test('is taken back path by path: what was replaced comes again, what was made goes, all else stays', async () => {
    const here = await flow()
    const { folder, snapshot } = await changed(here)
    await rm(path.join(folder, 'content'))
    await rm(path.join(folder, 'with space'), { recursive: true })
    await rm(path.join(folder, 'link'))
    await symlink('/elsewhere', path.join(folder, 'link'))
    await writeFile(path.join(folder, 'etc', 'app.conf'), 'edited')
    const before = await namesAndContents(folder)
    const paths = ['content', 'etc/app.conf', 'link', 'with space/name of conf', 'etc', 'line\nbreak']
    const { undoCopy } = await restored(here, planRestorePaths(snapshot, await target(here), paths))
    expect(undoCopy?.config.undo?.paths?.toSorted()).toEqual(
      ['content', 'etc', 'link', 'with space', 'line\nbreak'].toSorted(),
    )
    const after = await namesAndContents(folder)
    expect(after).not.toBe(before)
    await expectTidy(here, folder)
    await writeFile(path.join(folder, 'written since'), 'mine')
    await undo(here, 'data')
    await rm(path.join(folder, 'written since'))
    expect(await namesAndContents(folder)).toBe(before)
    await undo(here, 'data')
    expect(await namesAndContents(folder)).toBe(after)
    await expectTidy(here, folder)
  })

  test('below another must bring both, in whatever order they are named', async () => {
    const here = await flow()
    const { folder, snapshot } = await changed(here)
    await rm(path.join(folder, 'etc'), { recursive: true })
    await mkdir(path.join(folder, 'etc', 'deep'), { recursive: true })
    const paths = ['etc/deep/more.conf', 'etc/deep', 'etc']
    await restored(here, planRestorePaths(snapshot, await target(here), paths))
    expect(await readFile(path.join(folder, 'etc', 'deep', 'more.conf'), 'utf8')).toBe('two')
  })

  test('cannot be taken back in a volume that is gone, which is said', async () => {
    const here = await flow()
    const { snapshot } = await changed(here)
    await restored(here, planRestorePaths(snapshot, await target(here), ['content']))
    await here.world.docker.removeVolume('data')
    await expect(undo(here, 'data')).rejects.toMatchObject({ code: 'VOLUME_NOT_FOUND', exit: 4 })
  })
})

/** Directories that were written to have other times, and copies of single names are no hard links any more. */
async function namesAndContents(tree: string): Promise<string> {
  return (await treeListing(tree))
    .replaceAll(/^(d \d+ \d+ \d+) \S+/gm, '$1')
    .replaceAll(/^(f \d+ \d+ \d+ \S+) \d+/gm, '$1')
}

const begin = () => Promise.reject(new VolError('NO_SPACE', 'There is no space left in the store.'))

/** The same world with a store that cannot take anything. */
function withFullStore(world: World): World {
  return { ...world, store: { ...world.store, begin } }
}

/** As when the process had ended: what it left in the journal is an interrupted run's. */
async function asIfEnded(here: Flow): Promise<void> {
  const { location } = here.world.journal
  for (const name of await readdir(location))
    await rename(
      path.join(location, name),
      path.join(location, `${name.split('@')[0]}@${await tagOfEndedProcess()}.json`),
    )
}

describe('when the store cannot take what was replaced', () => {
  test('the restore is done, the old waits in the volume, and the next run keeps it', async () => {
    const here = await flow()
    const { folder, old, snapshot } = await changed(here)
    const plan = planRestore(snapshot, await target(here))
    const [outcome] = await outcomesOf(withFullStore(here.world), plan)
    expect(outcome).toMatchObject({
      did: 'restored',
      warnings: [
        expect.stringMatching(/could not be kept.*\.docker-vol-restore\/old/),
        expect.stringContaining('docker vol doctor'),
      ],
    })
    // It is whole, and a snapshot of the new contents is not kept from being taken.
    expect(await treeListing(path.join(folder, '.docker-vol-restore', 'old'))).toBe(old)
    expect((await snapshotOf(here, 'data')).config.totals).toMatchObject({
      entries: snapshot.config.totals.entries,
    })
    await asIfEnded(here)
    expect(await putInterruptedRight(withFullStore(here.world))).toMatchObject([{ mended: false }])
    await asIfEnded(here)
    expect(await putInterruptedRight(here.world)).toMatchObject([
      { mended: true, about: expect.stringContaining('kept as an undo copy') },
    ])
    await expectTidy(here, folder)
    await undo(here, 'data')
    expect(await treeListing(folder)).toBe(old)
  })

  test('a later restore keeps it first, or is refused and changes nothing', async () => {
    const here = await flow()
    const { folder, old, snapshot } = await changed(here)
    const plan = async () => planRestore(snapshot, await target(here))
    await outcomesOf(withFullStore(here.world), await plan())
    await writeFile(path.join(folder, 'written since'), '')
    await expect(outcomesOf(withFullStore(here.world), await plan())).rejects.toMatchObject({
      code: 'NO_SPACE',
      exit: 7,
    })
    expect(await readdir(folder)).toContain('written since')
    expect(await treeListing(path.join(folder, '.docker-vol-restore', 'old'))).toBe(old)
    const { undoCopy } = await restored(here, await plan())
    expect(await readdir(folder)).not.toContain('written since')
    const copies = undoCopies(await here.world.store.list('data'))
    expect(copies.map(({ id }) => id)).toEqual([undoCopy?.id, expect.any(String)])
    await restored(here, planRestore(copies[1] ?? snapshot, await target(here, 'first')))
    expect(await treeListing(here.engine.folder('first'))).toBe(old)
  })
})

test('what is in the store already is not kept twice, however often keeping it is cut off', async () => {
  const here = await flow()
  const { folder, snapshot } = await changed(here)
  const plan = planRestore(snapshot, await target(here))
  await outcomesOf(withFullStore(here.world), plan)
  const { store } = here.world
  // The copy is there, but whoever made it ended before it took the old away.
  const cut: World = {
    ...here.world,
    store: {
      ...store,
      async begin(volume) {
        const draft = await store.begin(volume)
        const commit: typeof draft.commit = async (...args) => {
          await draft.commit(...args)
          throw new Error('cut off')
        }
        return { ...draft, commit }
      },
    },
  }
  await asIfEnded(here)
  expect(await putInterruptedRight(cut)).toMatchObject([{ mended: false }])
  await asIfEnded(here)
  expect(await putInterruptedRight(here.world)).toMatchObject([{ mended: true }])
  expect(undoCopies(await store.list('data'))).toHaveLength(1)
  await expectTidy(here, folder)
})

test('a restore that fails leaves no undo copy, and the volume as it was', async () => {
  const here = await flow()
  const { folder, old, snapshot } = await changed(here)
  const file = path.join(here.folder, 'cut.tar')
  await writeFile(file, Buffer.alloc(5000, 'x'))
  await expect(outcomesOf(here.world, planImport(file, await target(here), false))).rejects.toThrow()
  here.engine.container({
    name: 'db',
    mounts: [{ volume: 'data', destination: '/data', readOnly: false }],
  })
  const plan = planRestore(snapshot, { name: 'data', observed: undefined, empty: false })
  const [step] = plan.steps
  if (step?.do !== 'restore') throw new Error('no restore')
  const { make: _, ...over } = step
  await expect(outcomesOf(here.world, { steps: [{ ...over, replace: true }] })).rejects.toMatchObject({
    code: 'VOLUME_IN_USE',
  })
  expect(await treeListing(folder)).toBe(old)
  expect(undoCopies(await here.world.store.list())).toEqual([])
})

const statesOf = async (here: Flow) =>
  Object.fromEntries((await here.world.docker.containers()).map(({ name, state }) => [name, state]))

/** The state of the only container. */
const stateOf = async (here: Flow) => (await here.world.docker.containers())[0]?.state

/** The world of one command, whose switch fails; `then` says what becomes of the helpers after it. */
function failing(here: Flow, then: 'others work' | 'nothing works'): World {
  let hasFailed = false
  const worldOf = (signal: AbortSignal): World => {
    const world = here.worldOf(signal)
    const docker: World['docker'] = {
      ...world.docker,
      async startHelper(request) {
        if (hasFailed && then === 'nothing works')
          throw new VolError('DAEMON_UNREACHABLE', 'The engine is gone.')
        const helper = await world.docker.startHelper(request)
        return {
          ...helper,
          async run(script) {
            if (hasFailed || !script.text.includes('apply_root')) return await helper.run(script)
            hasFailed = true
            expect(await stateOf(here), 'it is stopped meanwhile').toBe('exited')
            // Half of the switch, and then the helper dies.
            const half = script.text.replace('set_state moving-new', 'exit 1')
            return await helper.run({ ...script, text: half })
          },
        }
      },
    }
    return {
      ...world,
      docker,
      withSignal: worldOf,
      withoutSignal: () => worldOf(new AbortController().signal),
    }
  }
  return worldOf(here.world.signal)
}

describe('a restore over a volume in use', () => {
  const mounts = [{ volume: 'data', destination: '/data', readOnly: false }]

  test('that fails in the switch is put right before its containers go on', async () => {
    const here = await flow()
    const { folder, old, snapshot } = await changed(here)
    here.engine.container({ name: 'db', mounts })
    const plan = planRestore(snapshot, await target(here))
    const [outcome] = await outcomesOf(failing(here, 'others work'), plan)
    if (outcome?.did !== 'restored') throw new Error('nothing was restored')
    expect(await stateOf(here)).toBe('running')
    expect(here.messages).toContainEqual(expect.stringContaining('came too late'))
    expect(outcome.undoCopy?.config).toMatchObject({ consistency: { method: 'stopped' } })
    await undo(here, 'data')
    expect(await treeListing(folder)).toBe(old)
    expect(await stateOf(here)).toBe('running')
  })

  test('that cannot even be put right lets nobody go on in it; the next run does both', async () => {
    const here = await flow()
    const { folder, old, snapshot } = await changed(here)
    here.engine.container({ name: 'db', mounts })
    const plan = planRestore(snapshot, await target(here))
    await expect(outcomesOf(failing(here, 'nothing works'), plan)).rejects.toMatchObject({
      code: 'FAILED',
      suggestions: [expect.stringContaining('docker vol doctor')],
    })
    expect(await stateOf(here)).toBe('exited')
    await asIfEnded(here)
    const told = await putInterruptedRight(here.world)
    expect(told.every(({ mended }) => mended)).toBe(true)
    expect(await stateOf(here)).toBe('running')
    expect(await readFile(path.join(folder, 'content'), 'utf8')).toBe('as it shall be')
    await undo(here, 'data')
    expect(await treeListing(folder)).toBe(old)
  })

  test('whose containers cannot use what comes leaves them stopped, and undo starts them', async () => {
    const here = await flow()
    const { folder, old, snapshot } = await changed(here)
    const { id } = here.engine.container({ name: 'db', mounts })
    const { undoCopy } = await restored(here, staying(planRestore(snapshot, await target(here))))
    expect(await stateOf(here)).toBe('exited')
    expect(undoCopy?.config.undo?.stopped).toEqual([{ id, name: 'db' }])
    expect(await readdir(here.world.journal.location)).toEqual([])
    await undo(here, 'data')
    expect(await treeListing(folder)).toBe(old)
    expect(await stateOf(here)).toBe('running')
  })

  test('cut off in the switch leaves them stopped as well, since the next run finishes it', async () => {
    const here = await flow()
    const { folder, old, snapshot } = await changed(here)
    here.engine.container({ name: 'db', mounts })
    const plan = staying(planRestore(snapshot, await target(here)))
    await expect(outcomesOf(failing(here, 'nothing works'), plan)).rejects.toThrow()
    await asIfEnded(here)
    const told = await putInterruptedRight(here.world)
    expect(told).toContainEqual({ about: expect.stringContaining('stayed stopped'), mended: true })
    expect(await stateOf(here)).toBe('exited')
    expect(await readFile(path.join(folder, 'content'), 'utf8')).toBe('as it shall be')
    expect(await readdir(here.world.journal.location)).toEqual([])
    await undo(here, 'data')
    expect(await treeListing(folder)).toBe(old)
    expect(await stateOf(here)).toBe('running')
  })

  test('taken back starts them with the switch, before what it replaces is kept, also when it is interrupted then', async () => {
    for (const isInterrupted of [false, true]) {
      const here = await flow()
      const { folder, snapshot } = await changed(here)
      here.engine.container({ name: 'db', mounts })
      await restored(here, staying(planRestore(snapshot, await target(here))))
      here.engine.container({ name: 'newer', mounts })
      const over = new AbortController()
      const { store } = here.world
      const beginLooking: typeof store.begin = async (volume) => {
        expect(await statesOf(here)).toMatchObject({ db: 'running', newer: 'exited' })
        expect((await here.world.journal.holds()).length).toBe(0)
        if (isInterrupted) over.abort(new VolError('INTERRUPTED', 'Interrupted.'))
        return await store.begin(volume)
      }
      const world: World = { ...here.worldOf(over.signal), store: { ...store, begin: beginLooking } }
      const copy = lastUndoCopy(await store.list(), 'data')
      const outcomes = await outcomesOf(world, planUndo(copy, await target(here)))
      expect(outcomes).toMatchObject([{ did: 'restored' }, { did: 'started', containers: ['db'] }])
      expect(await readFile(path.join(folder, 'content'), 'utf8')).toBe('as it was')
      expect(await statesOf(here)).toEqual({ db: 'running', newer: 'exited' })
      if (!isInterrupted) expect(await readdir(here.world.journal.location)).toEqual([])
    }
  })

  test('taken back and cut off in the switch has them started by the next run, which finishes it', async () => {
    const here = await flow()
    const { folder, old, snapshot } = await changed(here)
    here.engine.container({ name: 'db', mounts })
    await restored(here, staying(planRestore(snapshot, await target(here))))
    const copy = lastUndoCopy(await here.world.store.list(), 'data')
    const plan = planUndo(copy, await target(here))
    await expect(outcomesOf(failing(here, 'nothing works'), plan)).rejects.toThrow()
    expect(await stateOf(here)).toBe('exited')
    await asIfEnded(here)
    expect(await putInterruptedRight(here.world)).toContainEqual({
      about: 'An interrupted command was to start "db" again: done.',
      mended: true,
    })
    expect(await treeListing(folder)).toBe(old)
    expect(await stateOf(here)).toBe('running')
    expect(await readdir(here.world.journal.location)).toEqual([])
  })

  test('taken back in vain starts nobody', async () => {
    const here = await flow()
    const { folder, snapshot } = await changed(here)
    here.engine.container({ name: 'db', mounts })
    await restored(here, staying(planRestore(snapshot, await target(here))))
    const now = await treeListing(folder)
    const copy = lastUndoCopy(await here.world.store.list(), 'data')
    const plan = planUndo(copy, await target(here))
    await expect(outcomesOf(unswitchable(here), plan)).rejects.toThrow()
    expect(await stateOf(here)).toBe('exited')
    expect(await treeListing(folder)).toBe(now)
    expect(await readdir(here.world.journal.location)).toEqual([])
  })

  test('taken back stops nobody who was not there when that was agreed to', async () => {
    const here = await flow()
    const { snapshot } = await changed(here)
    here.engine.container({ name: 'db', mounts })
    await restored(here, staying(planRestore(snapshot, await target(here))))
    const copy = lastUndoCopy(await here.world.store.list(), 'data')
    const plan = planUndo(copy, await target(here))
    here.engine.container({ name: 'newer', mounts })
    await expect(outcomesOf(here.world, plan)).rejects.toMatchObject({ code: 'VOLUME_IN_USE' })
    expect(await statesOf(here)).toEqual({ db: 'exited', newer: 'running' })
    expect(await readdir(here.world.journal.location)).toEqual([])
  })

  test('that fails before the switch lets them go on, as the volume is as it was', async () => {
    const here = await flow()
    const { folder, old, snapshot } = await changed(here)
    here.engine.container({ name: 'db', mounts })
    const plan = staying(planRestore(snapshot, await target(here)))
    await expect(outcomesOf(unswitchable(here), plan)).rejects.toThrow()
    expect(await stateOf(here)).toBe('running')
    expect(await treeListing(folder)).toBe(old)
    expect(await readdir(here.world.journal.location)).toEqual([])
  })
})

/** A world in which nothing can be switched, and all that was there stays. */
function unswitchable(here: Flow): World {
  const docker: World['docker'] = {
    ...here.world.docker,
    async startHelper(request) {
      const helper = await here.world.docker.startHelper(request)
      const run: typeof helper.run = async (script) =>
        await helper.run(script.text.includes('note_undo "$4"') ? { ...script, text: 'exit 1' } : script)
      return { ...helper, run }
    },
  }
  const world: World = { ...here.world, docker, withSignal: () => world, withoutSignal: () => world }
  return world
}

/** The plan for contents of another version, which the containers that run now could not use. */
function staying(plan: Plan): Plan {
  const steps = plan.steps.map((step) =>
    step.do === 'restore' && step.hold !== undefined
      ? { ...step, otherVersion: true, hold: { ...step.hold, stays: true } }
      : step,
  )
  return { ...plan, steps }
}
