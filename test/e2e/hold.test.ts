import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { startedAt, statesOf } from './checks.ts'
import { expectReleased, journalOf, startHold } from './holding.ts'
import { scenario } from './scenario.ts'

const bed = await scenario('hold-ways')

/** A volume and a container that can write it. */
async function writer(): Promise<{ readonly volume: string; readonly container: string }> {
  const volume = await bed.volume()
  return { volume, container: await bed.container({ volumes: { [volume]: '/data' } }) }
}

test('whoever can write the volume is paused while it lasts, and goes on after it', async () => {
  const { volume, container } = await writer()
  const reader = await bed.container({ volumes: { [volume]: '/data:ro' } })
  const before = await startedAt(bed, container)
  const running = startHold(bed, { how: 'pause', volumes: [volume], seconds: 1 })
  await running.until('held')
  expect(await statesOf(bed, container, reader)).toEqual(['paused', 'running'])
  const { exitCode, stderr } = await running.ended
  expect(exitCode, stderr).toBe(0)
  expect(await statesOf(bed, container, reader)).toEqual(['running', 'running'])
  expect(await startedAt(bed, container)).toBe(before)
  await expectReleased(bed)
})

test('whoever can write the volume is stopped while it lasts, and started after it', async () => {
  const { volume, container } = await writer()
  const running = startHold(bed, { how: 'stop', volumes: [volume], seconds: 0.5 })
  await running.until('held')
  expect(await statesOf(bed, container)).toEqual(['exited'])
  const { exitCode, stderr } = await running.ended
  expect(exitCode, stderr).toBe(0)
  expect(await statesOf(bed, container)).toEqual(['running'])
})

test('what is done meanwhile fails, and all go on', async () => {
  const { volume, container } = await writer()
  const { exitCode, stderr } = await startHold(bed, {
    how: 'pause',
    volumes: [volume],
    seconds: 0,
    fails: true,
  }).ended
  expect(stderr).toContain('it failed')
  expect(exitCode).toBe(1)
  expect(await statesOf(bed, container)).toEqual(['running'])
  await expectReleased(bed)
})

test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('%s releases at once', async (signal) => {
  const { volume, container } = await writer()
  const running = startHold(bed, { how: 'pause', volumes: [volume], seconds: 60 })
  await running.until('held')
  const since = Date.now()
  running.kill(signal)
  const { exitCode, stderr } = await running.ended
  expect(exitCode, stderr).toBe(130)
  expect(await statesOf(bed, container)).toEqual(['running'])
  expect(Date.now() - since).toBeLessThan(5000)
  await expectReleased(bed)
})

test('when its time is over all go on, and what was done meanwhile counts for nothing', async () => {
  const { volume, container } = await writer()
  const order = { how: 'pause', volumes: [volume], seconds: 60, maxSeconds: 1 } as const
  const { exitCode, stderr } = await startHold(bed, order).ended
  expect(stderr).toMatch(/^HOLD_ENDED: .*within the 1 s/)
  expect(exitCode).toBe(8)
  expect(await statesOf(bed, container)).toEqual(['running'])
  await expectReleased(bed)
})

test('when its time is over and its process hears nothing, the watchdog lets all go on', async () => {
  const { volume, container } = await writer()
  const order = { how: 'pause', volumes: [volume], seconds: 10, maxSeconds: 1, deaf: true } as const
  const running = startHold(bed, order)
  await running.until('held')
  await expect.poll(() => statesOf(bed, container), { timeout: 8000 }).toEqual(['running'])
  const { exitCode, stderr } = await running.ended
  expect(stderr).toMatch(/^HOLD_ENDED/)
  expect(exitCode).toBe(8)
  await expectReleased(bed)
})

/** Takes three seconds to end, and says so in the volume. */
const slow = {
  command: ['sh', '-c', 'trap "sleep 3; echo bye >/data/bye; exit 0" TERM; while :; do sleep 0.1; done'],
  more: ['--stop-timeout=20', '--init=false'],
}

test('a container that stops has the time that it asks for', async () => {
  const volume = await bed.volume()
  const container = await bed.container({ volumes: { [volume]: '/data' }, ...slow })
  const running = startHold(bed, { how: 'stop', volumes: [volume], seconds: 0.5 })
  await running.until('held')
  expect(Object.keys((await bed.listing(volume)).files)).toContain('bye')
  expect((await running.ended).exitCode).toBe(0)
  expect(await statesOf(bed, container)).toEqual(['running'])
})

test('interrupted while it waits for a container to end, it starts that again all the same', async () => {
  const volume = await bed.volume()
  const container = await bed.container({ volumes: { [volume]: '/data' }, ...slow })
  const before = await startedAt(bed, container)
  const running = startHold(bed, { how: 'stop', volumes: [volume], seconds: 60 })
  await expect.poll(() => journalOf(bed), { interval: 20, timeout: 20_000 }).not.toEqual([])
  await sleep(1000)
  running.kill('SIGINT')
  expect((await running.ended).exitCode).toBe(130)
  expect(await statesOf(bed, container)).toEqual(['running'])
  expect(await startedAt(bed, container), 'it was on its way to its end').not.toBe(before)
  await expectReleased(bed)
})

test('a container that was started with --rm survives being held', async () => {
  const volume = await bed.volume()
  const container = await bed.container({ volumes: { [volume]: '/data' }, more: ['--rm'] })
  const running = startHold(bed, { how: 'stop', volumes: [volume], seconds: 0.5 })
  await running.until('held')
  expect(await statesOf(bed, container)).toEqual(['paused'])
  expect((await running.ended).exitCode).toBe(0)
  expect(await statesOf(bed, container)).toEqual(['running'])
})

test('a container goes on as soon as its own volumes are done', async () => {
  const [one, two] = [await writer(), await writer()]
  const both = await bed.container({ volumes: { [one.volume]: '/one', [two.volume]: '/two' } })
  const volumes = [one.volume, two.volume]
  const running = startHold(bed, { how: 'pause', volumes, seconds: 4, done: [one.volume] })
  await running.until(`done ${one.volume}`)
  const states = () => statesOf(bed, one.container, two.container, both)
  expect(await states()).toEqual(['running', 'paused', 'paused'])
  const { exitCode, stderr } = await running.ended
  expect(exitCode, stderr).toBe(0)
  expect(await states()).toEqual(['running', 'running', 'running'])
})
