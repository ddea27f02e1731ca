/** Whatever dies at whatever moment, every container is soon as it was before. */
import { randomInt } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import path from 'node:path'
import process from 'node:process'
import { setTimeout as sleep } from 'node:timers/promises'
import { beforeAll, expect, inject, test } from 'vitest'
import { expectDone, statesOf } from './checks.ts'
import type { Compose } from './compose.ts'
import { makeShim, moments } from './docker-shim.ts'
import type { HoldOrder } from './hold.ts'
import { expectReleased, startHold, statesByName, watchdogOf } from './holding.ts'
import { start } from './running.ts'
import { rounds, scenario } from './scenario.ts'

const bed = await scenario('hold-killed')
let project: Compose
let volume: string
let before: readonly string[]

/** A server and what needs it; one that somebody has paused, and one that somebody has stopped. */
beforeAll(async () => {
  const service = (...needs: readonly string[]) => ({
    image: bed.images.debian,
    init: true,
    command: ['sleep', 'infinity'],
    volumes: ['data:/data'],
    depends_on: needs,
    stop_grace_period: '5s',
  })
  project = await bed.compose({
    services: { db: service(), app: service('db'), byhand: service(), off: service() },
    volumes: { data: {} },
  })
  await project.up()
  await project.run('pause', 'byhand')
  await project.run('stop', 'off')
  volume = project.volume('data')
  before = await states()
  expect(before.map((each) => each.split(' ')[1])).toEqual(['running', 'paused', 'running', 'exited'])
})

const states = () => statesByName(bed, `label=com.docker.compose.project=${project.project}`)
const order = (how: HoldOrder['how'], seconds: number): HoldOrder => ({ how, volumes: [volume], seconds })

/**
 * As it must be five seconds after the kill at the latest. The watchdog stays for longer when an order could still take
 * effect; when it has gone, nothing comes any more.
 */
async function expectAsBefore(): Promise<void> {
  const since = Date.now()
  await Promise.race([expectReleased(bed, 30_000), sleep(4500)])
  const rest = Math.max(500, 5000 - (Date.now() - since))
  await expect.poll(states, { timeout: rest, interval: 50 }).toEqual(before)
  await expectReleased(bed, 30_000)
  expect(await states()).toEqual(before)
}

/** How often a hold that is not killed calls docker. */
async function countCalls(how: HoldOrder['how']): Promise<number> {
  const { environment, calls } = await makeShim(bed)
  const { exitCode, stderr } = await startHold(bed, order(how, 0), { environment }).ended
  expect(exitCode, stderr).toBe(0)
  return (await readdir(calls)).length
}

test.each(['pause', 'stop'] as const)('killed at any call of docker (%s)', async (how) => {
  const last = await countCalls(how)
  // What comes before the first look at containers has nothing to let go on.
  const all = moments.flatMap((moment) =>
    Array.from({ length: last }, (_, call) => ({ moment, call: call + 1 })),
  )
  const count = Math.min(all.length, rounds(3))
  for (let round = 0; round < count; round += 1) {
    const place = all[Math.floor(((round + Math.random()) * all.length) / count)]
    const { environment } = await makeShim(bed)
    const killing = { ...environment, SHIM_CALL: String(place?.call), SHIM_MOMENT: String(place?.moment) }
    const { exitCode, stderr } = await startHold(bed, order(how, 0), { environment: killing }).ended
    // The number of calls differs a little each time.
    expect([137, 0], stderr).toContain(exitCode)
    await expectAsBefore()
  }
})

test('killed at any time', async () => {
  const count = rounds(2)
  for (let round = 0; round < count; round += 1) {
    const running = startHold(bed, order(round % 2 === 0 ? 'pause' : 'stop', 1))
    await sleep(randomInt(100, 2500))
    running.kill('SIGKILL')
    await running.ended
    await expectAsBefore()
  }
  await sleep(5000)
  expect(await states(), 'nothing came later').toEqual(before)
})

test.each(['pause', 'stop'] as const)('killed while it lasts (%s), within five seconds', async (how) => {
  const running = startHold(bed, order(how, 60))
  await running.until('held')
  running.kill('SIGKILL')
  await expectAsBefore()
})

test('whoever reads what it prints is not kept waiting by the watchdog', async () => {
  const running = startHold(bed, order('pause', 60))
  await running.until('held')
  const watchdog = await watchdogOf(running)
  process.kill(watchdog, 'SIGSTOP')
  try {
    running.kill('SIGKILL')
    expect(await Promise.race([running.ended.then(() => 'ended'), sleep(3000, 'kept waiting')])).toBe('ended')
    expect(await states()).not.toEqual(before)
  } finally {
    process.kill(watchdog, 'SIGCONT')
  }
  await expectAsBefore()
})

test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('the watchdog outlives %s', async (signal) => {
  const running = startHold(bed, order('pause', 60))
  await running.until('held')
  process.kill(await watchdogOf(running), signal)
  running.kill('SIGKILL')
  await expectAsBefore()
})

test.each(['ctrl-c', 'hang up'])('at a terminal, %s lets all go on', async (act) => {
  const script = path.join(import.meta.dirname, 'terminal.py')
  const program = path.join(import.meta.dirname, 'hold.ts')
  const words = [inject('bed').docker, bed.configuration, JSON.stringify(order('pause', 60))]
  await start('python3', [script, act, process.execPath, program, ...words], bed.environment).ended
  await expectAsBefore()
})

test.each(['pause', 'stop'] as const)(
  'what both leave when both are killed (%s), doctor puts right',
  async (how) => {
    const running = startHold(bed, order(how, 60))
    await running.until('held')
    process.kill(await watchdogOf(running), 'SIGKILL')
    running.kill('SIGKILL')
    await running.ended
    expect(await states()).not.toEqual(before)
    const told = expectDone(await bed.vol('doctor'))
    expect(told).toMatch(/interrupted runs +mended +An interrupted command held .*let go on/)
    expect(await states()).toEqual(before)
    await expectReleased(bed)
    expect(expectDone(await bed.vol('doctor'))).toMatch(/interrupted runs +ok +none/)
  },
)

test('so does the next command that changes something', async () => {
  const running = startHold(bed, order('pause', 60))
  await running.until('held')
  process.kill(await watchdogOf(running), 'SIGKILL')
  running.kill('SIGKILL')
  await running.ended
  const { stderr } = await bed.vol('clone', '--consistency', 'live', volume, bed.name('clone'))
  expect(stderr).toContain('let go on')
  expect(await states()).toEqual(before)
})

test('a container that somebody has paused after the watchdog had died and the container was started anew stays so', async () => {
  const running = startHold(bed, order('pause', 60))
  await running.until('held')
  process.kill(await watchdogOf(running), 'SIGKILL')
  running.kill('SIGKILL')
  await running.ended
  const name = `${project.project}-db-1`
  await bed.docker('unpause', name)
  await bed.docker('restart', '--timeout=1', name)
  await bed.docker('pause', name)
  expectDone(await bed.vol('doctor'))
  expect(await statesOf(bed, name, `${project.project}-app-1`)).toEqual(['paused', 'running'])
  await bed.docker('unpause', name)
})
