/**
 * `docker vol snapshot --project` that is killed while it holds containers: all of them are soon as they were, and what
 * the store lists is whole.
 */
import { randomInt } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { beforeAll, expect, inject, test } from 'vitest'
import { expectDone, expectNoHelpers } from './checks.ts'
import { countDockerCalls, moments, runKilledAround, type Moment } from './docker-shim.ts'
import { heldScenarios, startHeldProject, type HeldProject } from './held-project.ts'
import { journalOf } from './holding.ts'
import { expectEmptyJournal, expectOnlyWholeSnapshots, expectTidyStore } from './left-behind.ts'
import { fillWithOddTree } from './odd-tree.ts'
import { rounds } from './rounds.ts'
import { start, type Running } from './running.ts'
import { sideBySide } from './side-by-side.ts'
import { startPlugin } from './standalone.ts'

const ways = ['pause', 'stop'] as const
type Way = (typeof ways)[number]

/** Most of the time is spent waiting: for the watchdog, and for what must not come any more. */
const beds = await heldScenarios('killed-project-snapshot', Math.min(rounds(2), 6))
let projects: readonly HeldProject[]
/** How often a snapshot that is not killed calls docker. */
const calls = { pause: 0, stop: 0 }

beforeAll(async () => {
  projects = await Promise.all(beds.map(startHeldProject))
  await sideBySide(projects, projects.length, async (project, number) => {
    for (const volume of project.volumes) await fillWithOddTree(await project.bed.mountpoint(volume), 'one')
    const how = ways[number]
    if (how === undefined) return
    calls[how] = await countDockerCalls(project.bed, snapshot(project, how))
    expect(await project.states()).toEqual(project.before)
  })
})

const snapshot = ({ project }: HeldProject, how: Way): readonly string[] => {
  const words = `snapshot --project ${project} --consistency ${how} --max-hold=1m`
  return words.split(' ')
}

/** The next command leaves nothing of it. */
async function expectTidied({ bed, volumes }: HeldProject): Promise<void> {
  for (const volume of volumes) await expectNoHelpers(bed, volume, 40)
  expectDone(await startPlugin(bed, ['doctor']).ended)
  await expectEmptyJournal(bed)
  // Who was killed before the first snapshot has left no store.
  const stored: readonly string[] = await readdir(bed.store).catch(() => [])
  for (const volume of volumes.filter((each) => stored.includes(each)))
    await expectTidyStore(bed.store, volume)
}

async function expectWholeSnapshots(): Promise<void> {
  await Promise.all(projects.map(({ bed }) => expectOnlyWholeSnapshots(bed)))
}

type Kill = {
  readonly how: Way
  readonly at: 'any time' | { readonly call: number; readonly moment: Moment }
}

/** A third of them at any time, the others spread over the calls of docker; pausing and stopping in turn. */
function kills(count: number): readonly Kill[] {
  return Array.from({ length: count }, (_, index) => {
    const how = ways[index % 2] ?? 'pause'
    if (index % 3 === 2) return { how, at: 'any time' }
    const call = 1 + Math.floor(((index + Math.random()) * calls[how]) / count)
    return { how, at: { call, moment: moments[randomInt(moments.length)] ?? 'before' } }
  })
}

test('killed at any call of docker or at any time, containers are soon as before, and no half snapshot is listed', async () => {
  await sideBySide(kills(rounds(3, 11)), projects.length, async ({ how, at }, number) => {
    const project = projectOf(number)
    const words = snapshot(project, how)
    if (at === 'any time') {
      const running = startPlugin(project.bed, words)
      await sleep(randomInt(300, 4000))
      running.kill('SIGKILL')
      await running.ended
    } else {
      const { exitCode, stderr } = await runKilledAround(project.bed, words, at.call, at.moment)
      // The number of calls differs a little each time.
      expect([137, 0], stderr).toContain(exitCode)
    }
    await project.expectAsBefore()
    await expectTidied(project)
  })
  await sleep(1000)
  for (const each of projects) expect(await each.states(), 'nothing came later').toEqual(each.before)
  await expectWholeSnapshots()
})

test('killed together with the watchdog, the next run puts containers right', async () => {
  const some = kills(rounds(2, 1)).entries()
  await sideBySide([...some], projects.length, async ([round, { how, at }], number) => {
    const project = projectOf(number)
    const certain = round < ways.length || at === 'any time'
    const call = certain ? `container ${how}` : at.call
    const moment = certain ? 'after' : at.moment
    await runKilledAround(project.bed, snapshot(project, how), call, moment, { withWatchdog: true })
    if (certain) expect(await project.states()).not.toEqual(project.before)
    await expectTidied(project)
    expect(await project.states()).toEqual(project.before)
  })
  await expectWholeSnapshots()
})

const signals: readonly (readonly [
  string,
  (project: HeldProject, words: readonly string[]) => Promise<void>,
])[] = [
  ['SIGINT', (project, words) => interrupted(project, words, (running) => running.killPlugin('SIGINT'))],
  ['SIGTERM', (project, words) => interrupted(project, words, async (running) => running.kill('SIGTERM'))],
  ['SIGHUP', (project, words) => interrupted(project, words, (running) => running.killPlugin('SIGHUP'))],
  ['Ctrl-C', (project, words) => atTerminal(project, 'ctrl-c', words)],
  ['a closed terminal', (project, words) => atTerminal(project, 'hang up', words)],
]

test('SIGINT, SIGTERM, SIGHUP, Ctrl-C and a closed terminal let containers go on at once', async () => {
  const every = signals.flatMap(([name, act], index) => ({ name, act, how: ways[index % 2] ?? 'pause' }))
  await sideBySide(every, projects.length, async ({ act, how }, number) => {
    const project = projectOf(number)
    await act(project, snapshot(project, how))
    await expectTidied(project)
  })
})

/** Interrupts it some time after it has begun to hold; when it has ended, all is as before. */
async function interrupted(
  project: HeldProject,
  words: readonly string[],
  interrupt: (running: Running) => Promise<void>,
): Promise<void> {
  const running = project.bed.startVol(...words)
  await expect.poll(() => journalOf(project.bed), { timeout: 60_000, interval: 20 }).not.toEqual([])
  await sleep(randomInt(300))
  await interrupt(running)
  const { exitCode, stderr } = await running.ended
  expect(await project.states(), stderr).toEqual(project.before)
  expect(exitCode, stderr).toBe(130)
}

async function atTerminal(
  project: HeldProject,
  act: 'ctrl-c' | 'hang up',
  words: readonly string[],
): Promise<void> {
  const script = path.join(import.meta.dirname, 'terminal.py')
  const { bed } = project
  await start('python3', [script, act, inject('bed').docker, 'vol', ...words], bed.environment).ended
  await project.expectAsBefore()
}

function projectOf(number: number): HeldProject {
  const project = projects[number]
  if (project === undefined) throw new Error(`there is no project ${number}`)
  return project
}
