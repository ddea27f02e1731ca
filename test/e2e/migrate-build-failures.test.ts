/** A cluster that cannot be built ends the build with the words of the programs, and leaves nothing behind. */
import { setTimeout as sleep } from 'node:timers/promises'
import { beforeAll, describe, expect, test } from 'vitest'
import { lookAtImage } from '../../src/migrate/look-at-image.ts'
import { buildCluster, type BuildHooks, type BuildRequest } from '../../src/migrate/build/build.ts'
import { clusterIn, copyToBuildIn, worldOf } from './migration/build.ts'
import { query, startPostgres } from './native-server.ts'
import { scenario } from './scenario.ts'

const bed = await scenario('migrate-failures')
const nothing: BuildHooks = { before: () => Promise.resolve(), after: () => Promise.resolve() }

let source = ''

beforeAll(async () => {
  const { container, volume } = await startPostgres(bed, { major: 13 })
  await query(bed, container, 'CREATE VIEW gone AS SELECT buffers_backend FROM pg_stat_bgwriter')
  await bed.docker('stop', '--time=60', container)
  source = volume
})

async function build(
  more: Partial<BuildRequest> & Pick<BuildRequest, 'method'>,
  hooks: BuildHooks = nothing,
): Promise<{ readonly volume: string; readonly built: ReturnType<typeof buildCluster> }> {
  const volume = await copyToBuildIn(bed, source)
  const request: BuildRequest = {
    world: worldOf(bed),
    volume,
    operation: bed.name('build'),
    oldImage: bed.images.postgres13,
    newImage: await lookAtImage(worldOf(bed), bed.images.postgres17),
    cluster: await clusterIn(bed, volume, bed.images.postgres13),
    jobs: 1,
    task: { update() {}, finish() {}, fail() {} },
    ...more,
  }
  return { volume, built: buildCluster(request, hooks) }
}

async function expectNoContainer(volume: string): Promise<void> {
  const left = async () => (await bed.docker('ps', '--all', '--quiet', '--filter', `volume=${volume}`)).stdout
  await expect.poll(left, { timeout: 20_000, interval: 200 }).toBe('')
}

describe.each(['upgrade', 'dump'] as const)('by %s', (method) => {
  test('a definition that the new version refuses must end the build with what it says of it', async () => {
    const { volume, built } = await build({ method })
    await expect(built).rejects.toMatchObject({
      code: 'FAILED',
      output: expect.stringMatching(/buffers_backend.* does not exist/),
    })
    await expectNoContainer(volume)
  })
})

test('what a hook throws must end the build as it is, and nothing of it may run on', async () => {
  const refusal = new Error('not equal')
  const { volume, built } = await build(
    { method: 'dump' },
    { ...nothing, before: () => Promise.reject(refusal) },
  )
  await expect(built).rejects.toBe(refusal)
  await expectNoContainer(volume)
})

test('an interruption must end the build at once, and nothing of it may run on', async () => {
  const controller = new AbortController()
  const begun = Promise.withResolvers<void>()
  const before = () => Promise.resolve(begun.resolve())
  const world = worldOf(bed, controller.signal)
  const { volume, built } = await build({ method: 'upgrade', world }, { ...nothing, before })
  built.catch(() => undefined)
  await Promise.race([begun.promise, built])
  // Before it fails by itself, as this source does.
  await sleep(Math.random() * 1200)
  controller.abort(new Error('interrupted by the test'))
  await expect(built).rejects.toThrow('interrupted by the test')
  await expectNoContainer(volume)
})
