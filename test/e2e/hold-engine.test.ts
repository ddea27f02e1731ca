/** The engine goes down while containers are held, and everything of ours with it, as in a power cut. */
import process from 'node:process'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { startSecondEngine, type SecondEngine } from '../bed/second-engine.ts'
import { expectDone } from './checks.ts'
import { expectReleased, startHold, watchdogOf } from './holding.ts'
import { scenario } from './scenario.ts'

const bed = await scenario('hold-engine')
let engine: SecondEngine
let host: string

beforeAll(async () => {
  engine = await startSecondEngine(inject('bed'))
  host = engine.host
})
afterAll(() => engine.stop())

const policies = ['no', 'always', 'unless-stopped', 'on-failure'] as const

const there = () => ({ environment: { DOCKER_HOST: host } })
const docker = async (...words: readonly string[]) => (await bed.docker(...words, there())).stdout.trim()

test.each(['pause', 'stop'] as const)(
  'doctor brings back what was held (%s) when the engine went down',
  async (how) => {
    const volume = bed.name()
    const name = (which: string) => `${volume}-${which}`
    const run = async (which: string, policy: string) => {
      const given = [
        '--detach',
        '--init',
        '--stop-timeout=2',
        `--restart=${policy}`,
        `--volume=${volume}:/data`,
      ]
      await docker('run', ...given, `--name=${name(which)}`, bed.images.debian, 'sleep', 'infinity')
    }
    const states = async () => {
      const all = [...policies, 'off', 'byhand'].map(name)
      return (await docker('inspect', '--format', '{{.State.Status}}', ...all)).split('\n')
    }
    for (const policy of policies) await run(policy, policy)
    for (const which of ['off', 'byhand']) await run(which, 'no')
    await docker('stop', name('off'))
    await docker('pause', name('byhand'))

    const running = startHold(bed, { how, volumes: [volume], seconds: 600 }, there())
    await running.until('held')
    const watchdog = await watchdogOf(running)
    await engine.kill()
    for (const pid of [watchdog, running.pid]) process.kill(pid, 'SIGKILL')
    await running.ended
    host = await engine.startAgain()
    expect(await states(), 'what the engine makes of it by itself').not.toEqual(policies.map(() => 'running'))

    const told = expectDone(await bed.vol('doctor', there()))
    expect(told).toMatch(/interrupted runs +mended/)
    // What somebody had paused has ended with the engine, as it would have without us.
    expect(await states()).toEqual(['running', 'running', 'running', 'running', 'exited', 'exited'])
    await expectReleased(bed)
  },
)

test.each([
  ['its process waits for that', false],
  ['the watchdog waits for that when the process is killed', true],
])('when the engine comes back, what was held goes on: %s', async (_, isKilled) => {
  const volume = bed.name()
  const steady = { environment: { DOCKER_HOST: engine.socket } }
  const states = async () => {
    const all = [`${volume}-no`, `${volume}-always`]
    const format = ['--format', '{{.State.Status}}']
    return (await bed.docker('inspect', ...format, ...all, steady)).stdout.trim().split('\n')
  }
  for (const policy of ['no', 'always']) {
    const given = ['--detach', '--init', `--restart=${policy}`, `--volume=${volume}:/data`]
    const name = `--name=${volume}-${policy}`
    await bed.docker('run', ...given, name, bed.images.debian, 'sleep', 'infinity', steady)
  }
  const seconds = isKilled ? 600 : 1
  const running = startHold(bed, { how: 'pause', volumes: [volume], seconds }, steady)
  await running.until('held')
  await engine.kill()
  if (isKilled) running.kill('SIGKILL')
  await engine.startAgain()
  const { exitCode, stderr } = await running.ended
  expect(exitCode, stderr).toBe(isKilled ? 137 : 8)
  await expect.poll(states, { timeout: 10_000 }).toEqual(['running', 'running'])
  await expectReleased(bed, 10_000)
})
