/** Whatever dies at whatever moment, every container is soon as it was before. */
import { randomInt } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import path from 'node:path'
import process from 'node:process'
import { setTimeout as sleep } from 'node:timers/promises'
import { beforeAll, expect, inject, test } from 'vitest'
import { expectDone, statesOf } from './checks.ts'
import { makeShim, moments } from './docker-shim.ts'
import type { HoldOrder } from './hold.ts'
import { heldScenarios, startHeldProject, type HeldProject } from './held-project.ts'
import { expectReleased, startHold, watchdogOf } from './holding.ts'
import { start } from './running.ts'
import { rounds } from './rounds.ts'
import { sideBySide } from './side-by-side.ts'

/** What is repeated often is spread over several projects: most of the time is spent waiting. */
const beds = await heldScenarios('hold-killed', Math.min(rounds(2), 6))
let projects: readonly HeldProject[]
let first: HeldProject

beforeAll(async () => {
  projects = await Promise.all(beds.map(startHeldProject))
  first = projectOf(0)
})

function projectOf(number: number): HeldProject {
  const project = projects[number]
  if (project === undefined) throw new Error(`there is no project ${number}`)
  return project
}

const order = ({ volume }: HeldProject, how: HoldOrder['how'], seconds: number): HoldOrder => ({
  how,
  volumes: [volume],
  seconds,
})

/** How often a hold that is not killed calls docker. */
async function countCalls(how: HoldOrder['how']): Promise<number> {
  const { bed } = first
  const { environment, calls } = await makeShim(bed)
  const { exitCode, stderr } = await startHold(bed, order(first, how, 0), { environment }).ended
  expect(exitCode, stderr).toBe(0)
  return (await readdir(calls)).length
}

test.each(['pause', 'stop'] as const)('killed at any call of docker (%s)', async (how) => {
  const last = await countCalls(how)
  // What comes before the first look at containers has nothing to let go on.
  const all = moments.flatMap((moment) =>
    Array.from({ length: last }, (_, call) => ({ moment, call: call + 1 })),
  )
  const count = rounds(3)
  const places = Array.from({ length: count }, (_, round) => {
    return all[Math.floor(((round + Math.random()) * all.length) / count)]
  })
  await sideBySide(places, projects.length, async (place, number) => {
    const project = projectOf(number)
    const { environment } = await makeShim(project.bed)
    const killing = { ...environment, SHIM_CALL: String(place?.call), SHIM_MOMENT: String(place?.moment) }
    const hold = startHold(project.bed, order(project, how, 0), { environment: killing })
    const { exitCode, stderr } = await hold.ended
    // The number of calls differs a little each time.
    expect([137, 0], stderr).toContain(exitCode)
    await project.expectAsBefore()
  })
})

test('killed at any time', async () => {
  const kills = Array.from({ length: rounds(2, 5) }, (_, round) => (round % 2 === 0 ? 'pause' : 'stop'))
  await sideBySide(kills, projects.length, async (how, number) => {
    const project = projectOf(number)
    const running = startHold(project.bed, order(project, how, 1))
    await sleep(randomInt(100, 2500))
    running.kill('SIGKILL')
    await running.ended
    await project.expectAsBefore()
  })
  await sleep(5000)
  for (const each of projects) expect(await each.states(), 'nothing came later').toEqual(each.before)
})

test.each(['pause', 'stop'] as const)('killed while it lasts (%s), within five seconds', async (how) => {
  const running = startHold(first.bed, order(first, how, 60))
  await running.until('held')
  running.kill('SIGKILL')
  await first.expectAsBefore()
})

test('whoever reads what it prints is not kept waiting by the watchdog', async () => {
  const running = startHold(first.bed, order(first, 'pause', 60))
  await running.until('held')
  expect(expectDone(await first.bed.vol('doctor'))).toMatch(/interrupted runs +ok +.*the watchdog of one/)
  const watchdog = await watchdogOf(running)
  process.kill(watchdog, 'SIGSTOP')
  try {
    running.kill('SIGKILL')
    expect(await Promise.race([running.ended.then(() => 'ended'), sleep(3000, 'kept waiting')])).toBe('ended')
    expect(await first.states()).not.toEqual(first.before)
  } finally {
    process.kill(watchdog, 'SIGCONT')
  }
  await first.expectAsBefore()
})

test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('the watchdog outlives %s', async (signal) => {
  const running = startHold(first.bed, order(first, 'pause', 60))
  await running.until('held')
  process.kill(await watchdogOf(running), signal)
  running.kill('SIGKILL')
  await first.expectAsBefore()
})

test.each(['ctrl-c', 'hang up'])('at a terminal, %s lets all go on', async (act) => {
  const script = path.join(import.meta.dirname, 'terminal.py')
  const program = path.join(import.meta.dirname, 'hold.ts')
  const words = [inject('bed').docker, first.bed.configuration, JSON.stringify(order(first, 'pause', 60))]
  await start('python3', [script, act, process.execPath, program, ...words], first.bed.environment).ended
  await first.expectAsBefore()
})

test.each(['pause', 'stop'] as const)(
  'what both leave when both are killed (%s), doctor puts right',
  async (how) => {
    const running = startHold(first.bed, order(first, how, 60))
    await running.until('held')
    process.kill(await watchdogOf(running), 'SIGKILL')
    running.kill('SIGKILL')
    await running.ended
    expect(await first.states()).not.toEqual(first.before)
    const told = expectDone(await first.bed.vol('doctor'))
    expect(told).toMatch(/interrupted runs +mended +An interrupted command held .*let go on/)
    expect(await first.states()).toEqual(first.before)
    await expectReleased(first.bed)
    expect(expectDone(await first.bed.vol('doctor'))).toMatch(/interrupted runs +ok +none/)
  },
)

test('so does the next command that changes something', async () => {
  const running = startHold(first.bed, order(first, 'pause', 60))
  await running.until('held')
  process.kill(await watchdogOf(running), 'SIGKILL')
  running.kill('SIGKILL')
  await running.ended
  const { stderr } = await first.bed.vol(
    'clone',
    '--consistency',
    'live',
    first.volume,
    first.bed.name('clone'),
  )
  expect(stderr).toContain('let go on')
  expect(await first.states()).toEqual(first.before)
})

test('a container that somebody has paused after the watchdog had died and the container was started anew stays so', async () => {
  const running = startHold(first.bed, order(first, 'pause', 60))
  await running.until('held')
  process.kill(await watchdogOf(running), 'SIGKILL')
  running.kill('SIGKILL')
  await running.ended
  const name = `${first.project}-db-1`
  await first.bed.docker('unpause', name)
  await first.bed.docker('restart', '--timeout=1', name)
  await first.bed.docker('pause', name)
  expectDone(await first.bed.vol('doctor'))
  expect(await statesOf(first.bed, name, `${first.project}-app-1`)).toEqual(['paused', 'running'])
  await first.bed.docker('unpause', name)
})
