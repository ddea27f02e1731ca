import { describe, expect, test } from 'vitest'
import { VolError } from '../errors.ts'
import { exampleImage } from '../examples.ts'
import type { Docker } from './docker.ts'
import { defaultHelperImage, helperImages } from './helper-image.ts'

/** A docker that has some images and can pull others; what it was asked to pull is kept. */
function dockerWith(here: readonly string[], remote: readonly string[] | VolError = []) {
  const pulled: string[] = []
  const docker: Pick<Docker, 'image' | 'pull'> = {
    image: (reference) =>
      Promise.resolve([...here, ...pulled].includes(reference) ? exampleImage({ id: reference }) : undefined),
    pull(reference) {
      if (remote instanceof VolError) return Promise.reject(remote)
      if (!remote.includes(reference))
        return Promise.reject(new VolError('DOCKER_FAILED', 'docker pull failed.', { output: 'denied' }))
      pulled.push(reference)
      return Promise.resolve()
    },
  }
  return { docker, pulled }
}

async function all(images: AsyncIterable<string>): Promise<readonly string[]> {
  const found: string[] = []
  for await (const image of images) found.push(image)
  return found
}

const none = { configured: undefined, fromConsumers: [] }

describe('the helper is started from', () => {
  test('the image that the user chose and no other, which is pulled when it is not here', async () => {
    const choice = { configured: 'mine:1', fromConsumers: ['postgres:17'] }
    expect(await all(helperImages(dockerWith(['mine:1', defaultHelperImage]).docker, choice))).toEqual([
      'mine:1',
    ])
    const { docker, pulled } = dockerWith([], ['mine:1'])
    expect((await all(helperImages(docker, choice))).at(-1)).toBe('mine:1')
    expect(pulled).toEqual(['mine:1'])
  })

  test('the default first, then what the volume was used with, each once', async () => {
    const choice = { configured: undefined, fromConsumers: ['a', 'b', 'a'] }
    const { docker, pulled } = dockerWith([defaultHelperImage])
    expect(await all(helperImages(docker, choice))).toEqual([defaultHelperImage, 'a', 'b'])
    expect(pulled).toEqual([])
  })

  test('the default once more after it was pulled, when nothing else would do', async () => {
    const { docker, pulled } = dockerWith([], [defaultHelperImage])
    expect(await all(helperImages(docker, none))).toEqual([defaultHelperImage, defaultHelperImage])
    expect(pulled).toEqual([defaultHelperImage])
  })

  test('nothing is pulled before what is here was tried', async () => {
    const { docker, pulled } = dockerWith(['a'], [defaultHelperImage])
    for await (const image of helperImages(docker, { configured: undefined, fromConsumers: ['a'] })) {
      expect(pulled).toEqual([])
      if (image === 'a') break
    }
  })
})

test('the default image is pinned by its digest', () => {
  expect(defaultHelperImage).toMatch(/@sha256:[0-9a-f]{64}$/)
})

test('that no image can be had is told with what docker said of it', async () => {
  await expect(all(helperImages(dockerWith([]).docker, none))).rejects.toMatchObject({
    code: 'HELPER_IMAGE_NOT_FOUND',
    exit: 4,
    output: 'denied',
  })
})

test('a daemon that went away meanwhile is not taken for a missing image', async () => {
  const gone = new VolError('DAEMON_UNREACHABLE', 'gone')
  await expect(all(helperImages(dockerWith([], gone).docker, none))).rejects.toBe(gone)
})
