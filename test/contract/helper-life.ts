import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { helperRequest, script, withHelper, type CreateVolume, type DockerUnderTest } from './subject.ts'

/** How every helper must come and go. */
export function helperLifeContract(subjectOf: () => DockerUnderTest, createVolume: CreateVolume): void {
  describe('a helper', () => {
    test('is seen while it runs, and is gone when it was closed, twice if need be', async () => {
      const { docker } = subjectOf()
      const volume = await createVolume('closed')
      const request = helperRequest(subjectOf(), volume)
      const helper = await docker.startHelper(request)
      expect(await docker.containers(volume)).toMatchObject([
        { name: request.name, labels: request.labels, mounts: [{ volume, readOnly: false }] },
      ])
      expect(await docker.consumers(volume)).toEqual([])
      await helper.close()
      await helper.close()
      expect(await docker.containers(volume)).toEqual([])
      await docker.removeVolume(volume)
    })

    test('closes although a script is still at work', async () => {
      const { docker } = subjectOf()
      const volume = await createVolume('at-work')
      const helper = await docker.startHelper(helperRequest(subjectOf(), volume))
      const running = helper.run(script('sleep 600')).catch(() => undefined)
      await sleep(300)
      await helper.close()
      await running
      expect(await docker.containers(volume)).toEqual([])
    })

    test('is refused while another of its name is at work', async () => {
      const { docker } = subjectOf()
      const request = helperRequest(subjectOf(), await createVolume('busy'))
      const first = await docker.startHelper(request)
      await expect(docker.startHelper(request)).rejects.toMatchObject({ code: 'BUSY' })
      // One that has just ended is waited for.
      setTimeout(() => void first.close(), 500)
      const second = await docker.startHelper(request)
      await second.close()
    })

    test('cannot be started from an image that is not there or that has no GNU tar', async () => {
      const volume = await createVolume('image')
      for (const image of subjectOf().unfitImages) {
        const request = helperRequest(subjectOf(), volume, { image })
        await expect(subjectOf().docker.startHelper(request)).rejects.toMatchObject({
          code: 'HELPER_IMAGE_NOT_FOUND',
        })
      }
      expect(await subjectOf().docker.containers(volume)).toEqual([])
    })

    test('marks a volume that it had to make itself', async () => {
      const { docker } = subjectOf()
      const volume = subjectOf().name('accident')
      const helper = await docker.startHelper(helperRequest(subjectOf(), volume))
      const labels = (await docker.volume(volume))?.labels
      expect(Object.keys(labels ?? {})).toEqual(['docker-vol.made-by-accident'])
      await helper.close()
      await docker.removeVolume(volume)
    })

    test('reads one volume and writes another', async () => {
      const [from, to] = [await createVolume('from'), await createVolume('to')]
      await withHelper(subjectOf(), from, (helper, folder) => helper.run(script('echo 1 >"$1/file"', folder)))
      const mounts = [
        { volume: from, path: 'source', readOnly: true },
        { volume: to, path: 'volume', readOnly: false },
      ]
      const copy = 'cp -a "$1/file" "$2/" && cat "$2/file"'
      const { stdout } = await withHelper(
        subjectOf(),
        to,
        (helper, folder) => helper.run(script(copy, helper.path('source'), folder)),
        { mounts },
      )
      expect(stdout).toBe('1\n')
    })
  })
}

/** What containers keep a helper from. */
export function confinementContract(subjectOf: () => DockerUnderTest, createVolume: CreateVolume): void {
  test('a helper cannot write a volume that it is to read, nor reach a network', async () => {
    const volume = await createVolume('confined')
    const mounts = [{ volume, path: 'volume', readOnly: true }]
    const [touched, network] = await withHelper(
      subjectOf(),
      volume,
      async (helper, folder) => [
        await helper.run(script('touch "$1/file"', folder)),
        await helper.run(script('ls /sys/class/net')),
      ],
      { mounts },
    )
    expect(touched).toMatchObject({ exitCode: 1 })
    expect(network).toMatchObject({ stdout: 'lo\n' })
  })
}
