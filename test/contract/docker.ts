import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { executeContract } from './execute.ts'
import { interruptionContract } from './helper-interrupted.ts'
import { confinementContract, helperLifeContract } from './helper-life.ts'
import { lifeContract } from './life.ts'
import { helperScriptContract } from './helper-scripts.ts'
import { script, withHelper, type DockerUnderTest } from './subject.ts'

/**
 * What every docker must do, the real ones and the fake alike. One that `confines` holds helpers to their mounts
 * and rights, for which there must be containers.
 */
export function dockerContract(
  name: string,
  make: () => Promise<DockerUnderTest>,
  { confines }: { readonly confines: boolean } = { confines: true },
): void {
  describe(`docker, ${name}`, () => {
    let subject: DockerUnderTest
    beforeAll(async () => {
      subject = await make()
    })
    afterAll(() => subject.dispose())

    async function createVolume(
      part: string,
      labels: Readonly<Record<string, string>> = {},
    ): Promise<string> {
      const volume = subject.name(part)
      await subject.docker.createVolume({ name: volume, driver: 'local', options: {}, labels })
      return volume
    }

    test('the engine says who it is', async () => {
      const engine = await subject.docker.engine()
      expect(engine.id).toMatch(/./)
      expect(Number.parseInt(engine.version, 10)).toBeGreaterThanOrEqual(23)
      expect(engine.operatingSystem).toBe('linux')
      expect(engine.endpoint).toMatch(/^[a-z]+:\/\//)
    })

    test('a volume that was made is found, by its name and among all', async () => {
      const labels = { plain: 'value', empty: '', 'a.b-c/d': 'a=b, ä, "c" ' }
      const volume = await createVolume('made', labels)
      const found = await subject.docker.volume(volume)
      expect(found).toMatchObject({ name: volume, driver: 'local', options: {}, labels })
      expect(Math.abs(Date.parse(found?.createdAt ?? '') - Date.now())).toBeLessThan(600_000)
      expect(found?.mountpoint).toMatch(/^\//)
      expect(await subject.docker.volumes()).toContainEqual(found)
    })

    test('options of a volume are kept', async () => {
      const volume = subject.name('options')
      const options = { type: 'tmpfs', device: 'tmpfs', o: 'size=1m,uid=7' }
      await subject.docker.createVolume({ name: volume, driver: 'local', options, labels: {} })
      expect((await subject.docker.volume(volume))?.options).toEqual(options)
    })

    test('making a volume that is there succeeds and leaves it as it was', async () => {
      const volume = await createVolume('twice', { which: 'first' })
      const again = { name: volume, driver: 'local', options: {}, labels: { which: 'second', more: '1' } }
      await subject.docker.createVolume(again)
      expect((await subject.docker.volume(volume))?.labels).toEqual({ which: 'first' })
    })

    test.each(['-x', 'a b', 'ä1', '../x', 'x'])('no volume can be made with the name %j', async (odd) => {
      const request = { name: odd, driver: 'local', options: {}, labels: {} }
      await expect(subject.docker.createVolume(request)).rejects.toMatchObject({ code: 'DOCKER_FAILED' })
    })

    test.each(['no-such-volume', '-x', '.', '..', 'a/b', 'a b', '*', '?x', '%2e', ''])(
      'there is no volume %j, which is no failure',
      async (odd) => {
        expect(await subject.docker.volume(odd)).toBeUndefined()
      },
    )

    test('a removed volume is gone, and cannot be removed again', async () => {
      const volume = await createVolume('removed')
      await subject.docker.removeVolume(volume)
      expect(await subject.docker.volume(volume)).toBeUndefined()
      await expect(subject.docker.removeVolume(volume)).rejects.toMatchObject({
        code: 'DOCKER_FAILED',
        output: expect.stringContaining('no such volume'),
      })
    })

    test('containers are found by what they mount, and keep their volumes from being removed', async () => {
      const [volume, other] = [await createVolume('used'), await createVolume('used-too')]
      const container = {
        name: subject.name('container'),
        volume,
        readOnly: true,
        labels: { of: 'the test' },
        environment: { WHICH: 'a = b', EMPTY: '' },
      }
      const second = { name: subject.name('container'), volume: other, readOnly: false, labels: {} }
      await subject.container(container)
      await subject.container(second)
      const [found, ...more] = await subject.docker.containers(volume)
      expect(more).toEqual([])
      expect(found).toMatchObject({
        name: container.name,
        state: 'running',
        image: subject.image,
        labels: { of: 'the test' },
        environment: { WHICH: 'a = b', EMPTY: '' },
        mounts: [{ volume, destination: '/data', readOnly: true }],
      })
      expect(found?.id).toMatch(/^[0-9a-f]{64}$/)
      expect(found?.imageId).toBe((await subject.docker.image(subject.image))?.id)
      const all = await subject.docker.containers()
      expect(all).toContainEqual(found)
      expect(all.map(({ name: one }) => one)).toContain(second.name)
      expect(await subject.docker.containers(volume.slice(0, -1))).toEqual([])
      expect(await subject.docker.containers('/data')).toEqual([])
      expect(await subject.docker.consumers(volume)).toEqual([found])
      expect(await subject.docker.consumers(volume.slice(0, -1))).toEqual([])

      await expect(subject.docker.removeVolume(volume)).rejects.toMatchObject({
        code: 'DOCKER_FAILED',
        output: expect.stringContaining('in use'),
      })
      await subject.removeContainer(container.name)
      expect(await subject.docker.containers(volume)).toEqual([])
      await subject.docker.removeVolume(volume)
    })

    test('an image is found by its reference and by its ID', async () => {
      const image = await subject.docker.image(subject.image)
      expect(image?.id).toMatch(/^sha256:[0-9a-f]{64}$/)
      expect(await subject.docker.image(image?.id ?? '')).toEqual(image)
      expect(await subject.docker.image('no-such-image:1')).toBeUndefined()
    })

    test('what no registry has cannot be pulled', async () => {
      const pulled = subject.docker.pull('localhost:9/no-such-image:1')
      await expect(pulled).rejects.toMatchObject({ name: 'VolError' })
      expect(await subject.docker.image('localhost:9/no-such-image:1')).toBeUndefined()
    })

    test('the engine counts the bytes of a volume', async () => {
      const volume = await createVolume('sized')
      await withHelper(subject, volume, (helper, folder) =>
        helper.run(script('head -c 5000000 /dev/zero >"$1/file"', folder)),
      )
      const size = (await subject.docker.volumeSizes()).get(volume) ?? 0
      expect(size).toBeGreaterThan(4_900_000)
      expect(size).toBeLessThan(5_200_000)
    })

    for (const part of [
      lifeContract,
      helperScriptContract,
      helperLifeContract,
      interruptionContract,
      executeContract,
    ])
      part(() => subject, createVolume)
    if (confines) confinementContract(() => subject, createVolume)
  })
}
