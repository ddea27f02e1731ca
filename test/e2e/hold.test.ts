import { expect, test } from 'vitest'
import { startedAt, statesOf } from './checks.ts'
import { expectReleased, startHold } from './holding.ts'
import { scenario } from './scenario.ts'

const bed = await scenario('hold')

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

test.each(['pause', 'stop'] as const)(
  'killed while it lasts (%s), all go on within five seconds',
  async (how) => {
    const { volume, container } = await writer()
    const running = startHold(bed, { how, volumes: [volume], seconds: 60 })
    await running.until('held')
    running.kill('SIGKILL')
    await expect.poll(() => statesOf(bed, container), { timeout: 5000 }).toEqual(['running'])
    await expectReleased(bed)
  },
)
