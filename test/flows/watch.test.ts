/** The watchdog of a restore that was cut off, on an engine that is away or volumes that others work in. */
import { readdir, rename, writeFile } from 'node:fs/promises'
import path from 'node:path'
import type * as Timers from 'node:timers/promises'
import { expect, test, vi } from 'vitest'
import type { Docker } from '../../src/docker/docker.ts'
import { VolError } from '../../src/errors.ts'
import { containerToStart } from '../../src/holds/plan-hold.ts'
import { watch } from '../../src/holds/watch.ts'
import { isReplaced, putHeldVolumesRight, type PutRightSoFar } from '../../src/plan/after-death.ts'
import { directoryJournal } from '../../src/plan/directory-journal.ts'
import { putInterruptedRight } from '../../src/plan/interrupted.ts'
import { tagOfEndedProcess } from '../../src/stores/ended-process.ts'
import { flow, type Flow } from './world.ts'

// The watchdog has more time than a test.
vi.mock('node:timers/promises', async (original) => {
  const real = await original<typeof Timers>()
  return { ...real, setTimeout: async (delay: number) => await real.setTimeout(delay / 100) }
})

/** A container that a restore has stopped, whose process was killed then. */
async function killedRestore(here: Flow, starts: boolean = false): Promise<void> {
  await writeFile(path.join(await here.volume('data'), 'old'), '')
  const mounts = [{ volume: 'data', destination: '/data', readOnly: false }]
  const db = here.engine.container({ name: 'db', mounts, state: 'exited' })
  const held = containerToStart(db, ['data'])
  const { journal } = here.world
  const images: readonly string[] = []
  await journal.begin({
    operation: 'restoring',
    kind: 'restore',
    volume: 'data',
    engine: 'fake',
    made: false,
    images,
  })
  await journal.begin({
    operation: 'holding',
    kind: 'hold',
    engine: 'fake',
    engineStart: undefined,
    since: new Date().toISOString(),
    volumes: ['data'],
    ...(starts ? { containers: [], stays: true, starts: [held] } : { containers: [held] }),
    writes: true,
    leftPaused: [],
  })
  for (const name of await readdir(journal.location)) {
    const left = name.replace(/@.*?\.json/, `@${await tagOfEndedProcess()}.json`)
    await rename(path.join(journal.location, name), path.join(journal.location, left))
  }
}

async function* endOfWords() {}

/** Lets the watchdog do what it does when the pipe ends; `engine` is asked for it each time. */
async function watchdog(here: Flow, engine: Docker['engine']): Promise<void> {
  const journal = directoryJournal(here.world.journal.location)
  const docker = { ...here.world.docker, engine }
  const soFar: PutRightSoFar = { claimed: new Set(), done: [] }
  const putRight = async (volumes: readonly string[]) =>
    (await putHeldVolumesRight({ ...here.world, docker, journal }, volumes, soFar)).some(isReplaced)
  const watched = { operation: 'holding', maxSeconds: undefined, journal, docker: () => docker, putRight }
  await watch(watched, endOfWords())
}

async function stateOf(here: Flow): Promise<string | undefined> {
  return (await here.world.docker.containers()).find(({ name }) => name === 'db')?.state
}

test('an engine that is away for longer than a moment is waited for', async () => {
  const here = await flow()
  await killedRestore(here)
  let asked = 0
  await watchdog(here, async () => {
    asked += 1
    if (asked < 4) throw new VolError('DOCKER_FAILED', 'it is going down')
    if (asked < 12) throw new VolError('DAEMON_UNREACHABLE', 'it is down')
    if (asked < 16) throw new VolError('DOCKER_FAILED', 'it is coming up')
    return await here.world.docker.engine()
  })
  expect(await stateOf(here)).toBe('running')
  expect(await readdir(here.world.journal.location)).toEqual([])
})

test('one that answers and refuses is not asked for ever', async () => {
  const here = await flow()
  await killedRestore(here)
  let asked = 0
  await watchdog(here, async () => {
    asked += 1
    throw new VolError('DOCKER_FAILED', 'no')
  })
  expect(asked).toBe(5)
  expect(await stateOf(here)).toBe('exited')
})

test('a run that begins while the watchdog waits for the engine leaves the volume to it', async () => {
  const here = await flow()
  await killedRestore(here)
  let asked = 0
  await watchdog(here, async () => {
    asked += 1
    if (asked === 1) throw new VolError('DAEMON_UNREACHABLE', 'it is down')
    // It is back, and the other run sees that first.
    if (asked === 2) expect(await putInterruptedRight(here.world)).toEqual([])
    return await here.world.docker.engine()
  })
  expect(await stateOf(here)).toBe('running')
  expect(await readdir(here.world.journal.location)).toEqual([])
})

test('it lets nobody go on while another moves files in the volume, however long that takes', async () => {
  const here = await flow()
  await killedRestore(here)
  const another = directoryJournal(here.world.journal.location)
  expect(await another.claim('restoring')).toBe(true)
  const states: unknown[] = []
  await watchdog(here, async () => {
    states.push(await stateOf(here))
    if (states.length === 8) await another.end('restoring')
    return await here.world.docker.engine()
  })
  expect(states.slice(0, 8)).toEqual(Array.from({ length: 8 }, () => 'exited'))
  expect(await stateOf(here)).toBe('running')
})

test('those for whom the new contents are run once these are in place, and not before', async () => {
  for (const isReplacedBy of [true, false]) {
    const here = await flow()
    await killedRestore(here, true)
    const journal = directoryJournal(here.world.journal.location)
    const docker = () => here.world.docker
    const putRight = async () => isReplacedBy
    await watch({ operation: 'holding', maxSeconds: undefined, journal, docker, putRight }, endOfWords())
    expect(await stateOf(here)).toBe(isReplacedBy ? 'running' : 'exited')
    expect(await journal.holds()).toEqual([])
  }
})
