/** Holds on the fake engine, where others can interfere between any two calls of docker. */
import { readdir, rename, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { expect, test } from 'vitest'
import type { Docker } from '../../src/docker/docker.ts'
import { VolError } from '../../src/errors.ts'
import type { Container } from '../../src/facts.ts'
import { heldContainer, planHold, type Hold } from '../../src/holds/plan-hold.ts'
import { release } from '../../src/holds/release.ts'
import { withHold } from '../../src/holds/with-hold.ts'
import { directoryJournal } from '../../src/plan/directory-journal.ts'
import { putInterruptedRight } from '../../src/plan/interrupted.ts'
import type { World } from '../../src/plan/world.ts'
import { tagOfEndedProcess } from '../../src/stores/ended-process.ts'
import { flow, type Flow } from './world.ts'

const mounts = [{ volume: 'data', destination: '/data', readOnly: false }]

async function holdOf(here: Flow, more: Partial<Hold> = {}): Promise<Hold> {
  const wish = { volumes: ['data'], how: 'pause' as const, why: 'a test', ...more }
  return planHold(await here.world.docker.containers(), wish)
}

async function states(here: Flow): Promise<Readonly<Record<string, string>>> {
  const all = await here.world.docker.containers()
  return Object.fromEntries(all.map(({ name, state }) => [name, state]))
}

/** The world with some calls of docker replaced; each is given the real one. */
function worldWith(here: Flow, change: (real: Docker) => Partial<Docker>): World {
  const worldOf = (signal: AbortSignal): World => {
    const world = here.worldOf(signal)
    const docker = { ...world.docker, ...change(world.docker) }
    return {
      ...world,
      docker,
      withSignal: worldOf,
      withoutSignal: () => worldOf(new AbortController().signal),
    }
  }
  return worldOf(here.world.signal)
}

/** Makes the entries of the journal look as if their process had ended. */
async function endOwner(here: Flow): Promise<void> {
  const { location } = here.world.journal
  for (const name of await readdir(location))
    if (name.includes('@'))
      await rename(
        path.join(location, name),
        path.join(location, name.replace(/@.*?\.json/, `@${await tagOfEndedProcess()}.json`)),
      )
}

test('one that starts while the others are being paused is paused as well', async () => {
  const here = await flow()
  here.engine.container({ name: 'db', mounts })
  let started = 0
  const world = worldWith(here, (real) => ({
    async pause(ids) {
      await real.pause(ids)
      started += 1
      if (started < 3) here.engine.container({ name: `late-${started}`, mounts })
    },
  }))
  await withHold(world, await holdOf(here), async (held) => {
    expect(await states(here)).toEqual({ db: 'paused', 'late-1': 'paused', 'late-2': 'paused' })
    expect(held.containers.map(({ name }) => name).toSorted()).toEqual(['db', 'late-1', 'late-2'])
  })
  expect(await states(here)).toEqual({ db: 'running', 'late-1': 'running', 'late-2': 'running' })
  expect(await readdir(here.world.journal.location)).toEqual([])
})

test('where nobody can write there is nothing to hold, and no journal is made', async () => {
  const here = await flow()
  const done = withHold(here.world, await holdOf(here), async (held) => held.containers)
  expect(await done).toEqual([])
  await expect(readdir(here.world.journal.location)).rejects.toMatchObject({ code: 'ENOENT' })
})

test('when they never stop starting, nothing is done and all go on', async () => {
  const here = await flow()
  here.engine.container({ name: 'db', mounts })
  let started = 0
  const world = worldWith(here, (real) => ({
    async pause(ids) {
      await real.pause(ids)
      here.engine.container({ name: `late-${(started += 1)}`, mounts })
    },
  }))
  const done = withHold(world, await holdOf(here), () => Promise.reject(new Error('it is not to be called')))
  await expect(done).rejects.toMatchObject({ code: 'VOLUME_IN_USE' })
  expect(new Set(Object.values(await states(here)))).toEqual(new Set(['running']))
  expect(await readdir(here.world.journal.location)).toEqual([])
})

test('when one cannot be paused, nothing is done and the others go on', async () => {
  const here = await flow()
  here.engine.container({ name: 'db', mounts })
  const stubborn = here.engine.container({ name: 'stubborn', mounts })
  const world = worldWith(here, (real) => ({
    async pause(ids) {
      await real.pause(ids.filter((id) => id !== stubborn.id))
      if (ids.includes(stubborn.id))
        throw new VolError('DOCKER_FAILED', 'docker failed.', { output: 'no freezer' })
    },
  }))
  const done = withHold(world, await holdOf(here), () => Promise.reject(new Error('it is not to be called')))
  await expect(done).rejects.toMatchObject({ code: 'DOCKER_FAILED', output: 'no freezer' })
  expect(await states(here)).toEqual({ db: 'running', stubborn: 'running' })
})

test('nothing is held that is not in the journal, nor before the watchdog watches', async () => {
  const here = await flow()
  here.engine.container({ name: 'db', mounts })
  const said: string[] = []
  const world = worldWith(here, (real) => ({
    async startWatchdog() {
      said.push(`watchdog, ${(await real.containers())[0]?.state}`)
      return {
        acting: (seconds) => said.push(`acting ${seconds}`),
        acted: () => said.push('acted'),
        dismiss: () => said.push('dismissed'),
      }
    },
    async pause(ids) {
      const [hold] = await here.world.journal.holds()
      said.push(`journal has ${hold?.entry.containers.map(({ name }) => name).join()}`)
      await real.pause(ids)
    },
    async unpause(ids) {
      await real.unpause(ids)
      said.push('let go on')
    },
  }))
  await withHold(world, await holdOf(here), async () => void said.push('done'))
  expect(said).toEqual([
    'watchdog, running',
    'acting 5',
    'journal has db',
    'acted',
    'done',
    'let go on',
    'dismissed',
  ])
})

test('one that the engine refuses to start is told of, stays in the journal, and is started by the next run', async () => {
  const here = await flow()
  here.engine.container({ name: 'db', mounts })
  here.engine.container({ name: 'app', mounts })
  let isBroken = true
  const world = worldWith(here, (real) => ({
    async start(ids) {
      const all = await real.containers()
      const others = ids.filter((id) => all.some((one) => one.id === id && one.name !== 'db'))
      await real.start(isBroken ? others : ids)
      if (isBroken && others.length < ids.length)
        throw new VolError('DOCKER_FAILED', 'docker failed.', { output: 'port is already allocated' })
    },
  }))
  const done = withHold(world, await holdOf(here, { how: 'stop' }), () => Promise.resolve())
  await expect(done).rejects.toMatchObject({
    code: 'DOCKER_FAILED',
    message: '"db" could not be let go on.',
    output: 'port is already allocated',
    suggestions: expect.arrayContaining(['docker start db']),
  })
  expect(await states(here)).toEqual({ db: 'exited', app: 'running' })

  await endOwner(here)
  expect(await putInterruptedRight(world)).toMatchObject([{ mended: false }])
  isBroken = false
  await endOwner(here)
  expect(await putInterruptedRight(world)).toEqual([
    { about: 'An interrupted command held "db": let go on.', mended: true },
  ])
  expect(await states(here)).toEqual({ db: 'running', app: 'running' })
  expect(await readdir(here.world.journal.location)).toEqual([])
})

test('what is done after the hold was cut short counts for nothing, though it takes no notice', async () => {
  const here = await flow()
  here.engine.container({ name: 'db', mounts })
  const over = new AbortController()
  const world = here.worldOf(over.signal)
  const done = withHold(world, await holdOf(here), async (held) => {
    over.abort(new VolError('INTERRUPTED', 'Interrupted.'))
    await expect.poll(() => states(here)).toEqual({ db: 'running' })
    await held.release().catch(() => undefined)
    return 'a snapshot'
  })
  await expect(done).rejects.toMatchObject({ code: 'INTERRUPTED' })
})

test('who writes the volume is not interrupted by those that use it going on', async () => {
  const here = await flow()
  here.engine.container({ name: 'db', mounts })
  const hold = await holdOf(here, { how: 'stop', writes: true, maxSeconds: 0.2 })
  const seen: unknown[] = []
  const done = withHold(here.world, hold, async ({ world }) => {
    await new Promise((resolve) => world.signal.addEventListener('abort', resolve))
    await new Promise((resolve) => setTimeout(resolve, 300))
    seen.push(await states(here))
    throw new Error('it took itself back')
  })
  await expect(done).rejects.toMatchObject({ code: 'HOLD_ENDED' })
  expect(seen).toEqual([{ db: 'exited' }])
  expect(await states(here)).toEqual({ db: 'running' })
})

test('an interrupted restore is put right before anybody goes on in the volume', async () => {
  const here = await flow()
  const folder = await here.volume('data')
  await writeFile(path.join(folder, 'old'), '')
  const db = here.engine.container({ name: 'db', mounts, state: 'exited' })
  await interrupted(here, db, true)
  const said: string[] = []
  const world = worldWith(here, (real) => ({
    async startHelper(request) {
      said.push('the volume is looked at')
      return await real.startHelper(request)
    },
    async start(ids) {
      said.push('started')
      await real.start(ids)
    },
  }))
  expect(await putInterruptedRight(world)).toMatchObject([{ mended: true }, { mended: true }])
  expect(said).toEqual(['the volume is looked at', 'started'])
  expect(await readdir(here.world.journal.location)).toEqual([])
})

test('nobody goes on in a volume that cannot be put right', async () => {
  const here = await flow()
  await here.volume('data')
  const db = here.engine.container({ name: 'db', mounts, state: 'exited' })
  await interrupted(here, db, true)
  const world = worldWith(here, () => ({
    startHelper: () => Promise.reject(new VolError('FAILED', 'it cannot be put right')),
  }))
  const told = await putInterruptedRight(world)
  expect(told.map(({ mended }) => mended)).toEqual([false, false])
  expect(told[0]?.about).toMatch(
    /"db", held by an interrupted command, cannot be let go on: it cannot be put right/,
  )
  expect(await states(here)).toEqual({ db: 'exited' })
  expect((await readdir(here.world.journal.location)).length).toBe(2)
})

test('a volume is left to the watchdog that holds its containers, until that is over', async () => {
  const here = await flow()
  await here.volume('data')
  const db = here.engine.container({ name: 'db', mounts, state: 'exited' })
  await interrupted(here, db, true)
  const watchdog = directoryJournal(here.world.journal.location)
  expect(await watchdog.claim('holding')).toBe(true)
  const world = worldWith(here, () => ({
    startHelper: () => Promise.reject(new Error('the volume is not ours to put right')),
  }))
  expect(await putInterruptedRight(world)).toEqual([])
  expect(await watchdog.claim('restoring'), 'nobody has taken it over').toBe(true)
  expect(await states(here)).toEqual({ db: 'exited' })

  await endOwner(here)
  expect(await putInterruptedRight(here.world)).toMatchObject([{ mended: true }, { mended: true }])
  expect(await states(here)).toEqual({ db: 'running' })
  expect(await readdir(here.world.journal.location)).toEqual([])
})

test('nobody goes on in a volume that another run is putting right', async () => {
  const here = await flow()
  await here.volume('data')
  const db = here.engine.container({ name: 'db', mounts, state: 'exited' })
  await interrupted(here, db, true)
  const another = directoryJournal(here.world.journal.location)
  expect(await another.claim('restoring')).toBe(true)
  expect(await putInterruptedRight(here.world)).toMatchObject([{ mended: false }])
  expect(await states(here)).toEqual({ db: 'exited' })
  await another.end('restoring')
  await endOwner(here)
  expect(await putInterruptedRight(here.world)).toMatchObject([{ mended: true }])
  expect(await states(here)).toEqual({ db: 'running' })
})

const shop = (service: string, depends = '') => ({
  'com.docker.compose.project': 'shop',
  'com.docker.compose.service': service,
  'com.docker.compose.container-number': '1',
  'com.docker.compose.depends_on': depends,
})

/** A service and what needs it were to be stopped; the run was killed when it had stopped the second alone. */
async function halfStopped(here: Flow) {
  const db = here.engine.container({ name: 'db', mounts, labels: shop('db') })
  const app = here.engine.container({ name: 'app', mounts, labels: shop('app', 'db:service_started:false') })
  const { containers } = await holdOf(here, { how: 'stop' })
  const held = [db, app].flatMap((container) => {
    const plan = containers.find(({ id }) => id === container.id)
    return plan === undefined ? [] : [heldContainer(container, plan, ['data'])]
  })
  await here.world.docker.stop([app.id], 1)
  const now = performance.now()
  // The order to stop the first may have been given or not, and can take effect for a minute more.
  const about = { containers: held, engineStart: undefined, settled: now + 60_000, giveUp: now + 60_000 }
  const started: string[] = []
  const docker = {
    ...here.world.docker,
    async start(ids: readonly string[]) {
      started.push(...ids.map((id) => (id === db.id ? 'db' : 'app')))
      await here.world.docker.start(ids)
    },
  }
  const over = new AbortController()
  const done = release({ ...about, docker: () => docker, isOurs: async () => !over.signal.aborted })
  return { db, started, end: async () => (over.abort(), await done) }
}

test('what depends on one that was perhaps to be stopped goes on within five seconds all the same', async () => {
  const here = await flow()
  const { started, end } = await halfStopped(here)
  await expect.poll(() => states(here), { timeout: 5000 }).toEqual({ db: 'running', app: 'running' })
  expect(started).toEqual(['app'])
  await end()
})

test('when that one is stopped a moment later, they go on in their order', async () => {
  const here = await flow()
  const { db, started, end } = await halfStopped(here)
  await new Promise((resolve) => setTimeout(resolve, 500))
  await here.world.docker.stop([db.id], 1)
  await expect.poll(() => states(here), { timeout: 5000 }).toEqual({ db: 'running', app: 'running' })
  expect(started).toEqual(['db', 'app'])
  await end()
})

/** What a run leaves that was killed, together with its watchdog, while it restored a volume. */
async function interrupted(here: Flow, container: Container, writes: boolean): Promise<void> {
  const { journal } = here.world
  await journal.begin({
    operation: 'restoring',
    kind: 'restore',
    volume: 'data',
    engine: 'fake',
    made: false,
    images: [],
  })
  await journal.begin({
    operation: 'holding',
    kind: 'hold',
    engine: 'fake',
    engineStart: await here.world.docker.engineStart(),
    since: new Date(Date.now() - 600_000).toISOString(),
    volumes: ['data'],
    containers: [
      {
        id: container.id,
        name: container.name,
        how: 'stop',
        volumes: ['data'],
        startedAt: container.startedAt,
        graceSeconds: 10,
        place: undefined,
        dependsOn: [],
      },
    ],
    writes,
    leftPaused: [],
  })
  await endOwner(here)
}
