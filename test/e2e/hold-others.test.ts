/** What others do to containers while they are held, or have done before. */
import { expect, test } from 'vitest'
import { startedAt, statesOf } from './checks.ts'
import { expectReleased, startHold, statesByName } from './holding.ts'
import type { Running } from './running.ts'
import { scenario } from './scenario.ts'

const bed = await scenario('hold-others')

async function writer(more: readonly string[] = []) {
  const volume = await bed.volume()
  return { volume, container: await bed.container({ volumes: { [volume]: '/data' }, more }) }
}

async function expectBroken(running: Running, why: RegExp): Promise<void> {
  const { exitCode, stderr } = await running.ended
  expect(stderr).toMatch(/^NOT_CONSISTENT: Nobody was to write meanwhile/)
  expect(stderr).toMatch(why)
  expect(exitCode).toBe(8)
  await expectReleased(bed)
}

test('a container that was paused by hand before stays paused, and its being let go on is noticed', async () => {
  const { volume, container } = await writer()
  const other = await bed.container({ volumes: { [volume]: '/data' } })
  await bed.docker('pause', container)
  const running = startHold(bed, { how: 'stop', volumes: [volume], seconds: 0.2 })
  await running.until('held')
  expect(await statesOf(bed, container, other)).toEqual(['paused', 'exited'])
  expect((await running.ended).exitCode).toBe(0)
  expect(await statesOf(bed, container, other)).toEqual(['paused', 'running'])

  const again = startHold(bed, { how: 'pause', volumes: [volume], seconds: 2 })
  await again.until('held')
  await bed.docker('unpause', container)
  await expectBroken(again, /has begun to run/)
  expect(await statesOf(bed, container, other)).toEqual(['running', 'running'])
})

test('a consumer that starts meanwhile makes it count for nothing, and goes on', async () => {
  const { volume, container } = await writer()
  const running = startHold(bed, { how: 'pause', volumes: [volume], seconds: 2.5 })
  await running.until('held')
  const newcomer = await bed.container({ volumes: { [volume]: '/data' } })
  await expectBroken(running, new RegExp(`"${newcomer}" has begun to run`))
  expect(await statesOf(bed, container, newcomer)).toEqual(['running', 'running'])
})

test('so does one that somebody lets go on', async () => {
  const { volume, container } = await writer()
  const running = startHold(bed, { how: 'pause', volumes: [volume], seconds: 2 })
  await running.until('held')
  await bed.docker('unpause', container)
  await expectBroken(running, /was let go on by somebody else/)
  expect(await statesOf(bed, container)).toEqual(['running'])
})

test('a consumer that is removed meanwhile is told of and no harm', async () => {
  const { volume, container } = await writer()
  const other = await bed.container({ volumes: { [volume]: '/data' } })
  const running = startHold(bed, { how: 'pause', volumes: [volume], seconds: 2 })
  await running.until('held')
  await bed.docker('rm', '--force', container)
  const { exitCode, stderr } = await running.ended
  expect(exitCode, stderr).toBe(0)
  expect(stderr).toContain(`The container "${container}" is gone`)
  expect(await statesOf(bed, other)).toEqual(['running'])
  await expectReleased(bed)
})

test('a consumer that is stopped meanwhile stays stopped', async () => {
  const { volume, container } = await writer()
  const running = startHold(bed, { how: 'pause', volumes: [volume], seconds: 2 })
  await running.until('held')
  await bed.docker('kill', container)
  const { exitCode, stderr } = await running.ended
  expect(exitCode, stderr).toBe(0)
  expect(stderr).toContain('has ended while it was paused (exit code 137)')
  expect(await statesOf(bed, container)).toEqual(['exited'])
})

test('two holds of one container come one after the other', async () => {
  const { volume, container } = await writer()
  const first = startHold(bed, { how: 'pause', volumes: [volume], seconds: 2 })
  await first.until('held')
  const second = startHold(bed, { how: 'pause', volumes: [volume], seconds: 0.5 })
  await second.until('held')
  expect(first.said().stdout, 'the second waits for the first').toContain('released')
  expect(await statesOf(bed, container)).toEqual(['paused'])
  expect((await second.ended).exitCode).toBe(0)
  expect((await first.ended).exitCode).toBe(0)
  expect(await statesOf(bed, container)).toEqual(['running'])
})

const service = (more: object = {}) => ({
  image: bed.images.debian,
  init: true,
  command: ['sleep', 'infinity'],
  volumes: ['data:/data'],
  ...more,
})

test('containers of two projects that use a volume are held together', async () => {
  const volume = await bed.volume()
  const shared = { data: { external: true, name: volume } }
  const projects = [
    await bed.compose({ services: { one: service() }, volumes: shared }),
    await bed.compose({ services: { two: service() }, volumes: shared }),
  ]
  for (const project of projects) await project.up()
  const states = async () => (await statesByName(bed, `volume=${volume}`)).map((each) => each.split(' ')[1])
  const running = startHold(bed, { how: 'pause', volumes: [volume], seconds: 0.5 })
  await running.until('held')
  expect(await states()).toEqual(['paused', 'paused'])
  expect((await running.ended).exitCode).toBe(0)
  expect(await states()).toEqual(['running', 'running'])
})

test('services stop and start in the order in which they depend on each other, once healthy', async () => {
  const project = await bed.compose({
    services: {
      db: service({
        command: ['sh', '-c', 'sleep 2; touch /tmp/ready; exec sleep infinity'],
        tmpfs: ['/tmp'],
        healthcheck: { test: ['CMD', 'test', '-e', '/tmp/ready'], interval: '500ms', retries: 20 },
      }),
      app: service({ depends_on: { db: { condition: 'service_healthy' } } }),
    },
    volumes: { data: {} },
  })
  await project.up()
  const [db, app] = [`${project.project}-db-1`, `${project.project}-app-1`]
  const running = startHold(bed, { how: 'stop', volumes: [project.volume('data')], seconds: 0.2 })
  await running.until('held')
  expect(await statesOf(bed, db, app)).toEqual(['exited', 'exited'])
  const ended = async (name: string) =>
    (await bed.docker('inspect', '--format', '{{.State.FinishedAt}}', name)).stdout.trim()
  expect((await ended(app)) < (await ended(db)), 'what depends on the server ends first').toBe(true)
  const { exitCode, stderr } = await running.ended
  expect(exitCode, stderr).toBe(0)
  expect(await statesOf(bed, db, app)).toEqual(['running', 'running'])
  const waited = Date.parse(await startedAt(bed, app)) - Date.parse(await startedAt(bed, db))
  expect(waited, 'milliseconds for the server to become healthy').toBeGreaterThan(1900)
})

test('a service that is replaced while it is stopped is started in the stead of what was there', async () => {
  const project = await bed.compose({ services: { db: service() }, volumes: { data: {} } })
  await project.up()
  const running = startHold(bed, { how: 'stop', volumes: [project.volume('data')], seconds: 4 })
  await running.until('held')
  await project.run('create', '--force-recreate', 'db')
  const { exitCode, stderr } = await running.ended
  expect(exitCode, stderr).toBe(0)
  expect(stderr).toMatch(/was replaced by .* started in its stead/)
  expect(await statesOf(bed, `${project.project}-db-1`)).toEqual(['running'])
  await expectReleased(bed)
})
