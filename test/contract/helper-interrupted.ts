import { closeSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { Helper } from '../../src/docker/docker.ts'
import {
  helperRequest,
  megabyte,
  readAll,
  script,
  writeMany,
  type CreateVolume,
  type DockerUnderTest,
} from './subject.ts'

/** How every helper must end when its command is interrupted. */
export function interruptionContract(subjectOf: () => DockerUnderTest, createVolume: CreateVolume): void {
  describe('a helper', () => {
    test.each(['run', 'reading', 'writing'] as const)('gives up %s when it is interrupted', async (act) => {
      const interrupt = new AbortController()
      const docker = subjectOf().interruptible(interrupt.signal)
      const volume = await createVolume('interrupted')
      const helper = await docker.startHelper(helperRequest(subjectOf(), volume))
      onTestFinished(() => helper.close())
      const start = Date.now()
      const given = interruptedWork(act, helper)
      await sleep(500)
      interrupt.abort(new Error('interrupted'))
      await expect(given).rejects.toThrow('interrupted')
      await expect.poll(() => subjectOf().docker.containers(volume), { timeout: 5000 }).toEqual([])
      expect(Date.now() - start).toBeLessThan(6000)
      await expect(helper.run(script('true'))).rejects.toThrow('interrupted')
    })

    test('is not started for a command that was interrupted', async () => {
      const volume = await createVolume('too-late')
      const docker = subjectOf().interruptible(AbortSignal.abort(new Error('interrupted')))
      await expect(docker.startHelper(helperRequest(subjectOf(), volume))).rejects.toThrow('interrupted')
      expect(await subjectOf().docker.containers(volume)).toEqual([])
    })

    test('leaves nothing behind when it is interrupted while it starts', async () => {
      const volume = await createVolume('starting')
      for (const delay of [0, 20, 80, 150, 250]) {
        const interrupt = new AbortController()
        const docker = subjectOf().interruptible(interrupt.signal)
        const starting = docker.startHelper(helperRequest(subjectOf(), volume)).then(
          (helper) => helper.close(),
          (error: unknown) => expect(error).toHaveProperty('message', 'interrupted'),
        )
        await sleep(delay)
        interrupt.abort(new Error('interrupted'))
        await starting
        await expect.poll(() => subjectOf().docker.containers(volume), { timeout: 5000 }).toEqual([])
      }
    })
  })
}

/** Something that would never end by itself. */
async function interruptedWork(act: 'run' | 'reading' | 'writing', helper: Helper) {
  if (act === 'run') return await helper.run(script('sleep 600'))
  const piped = await helper[act](script(act === 'reading' ? 'echo begin; exec sleep 600' : 'exec sleep 600'))
  try {
    if (act === 'reading') await readAll(piped.descriptor)
    else await writeMany(piped.descriptor, 100 * megabyte).catch(() => undefined)
  } finally {
    closeSync(piped.descriptor)
  }
  return await piped.result
}
