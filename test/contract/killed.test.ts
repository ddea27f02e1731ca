import { spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import process from 'node:process'
import { afterAll, expect, inject, test } from 'vitest'
import { realDocker } from './real.ts'

const bed = inject('bed')
const subject = realDocker(bed, inject('runId'))
afterAll(() => subject.dispose())

test.each(['SIGKILL', 'SIGTERM'] as const)(
  'a helper whose process ends by %s is gone within five seconds, whatever it was at',
  async (signal) => {
    const volume = subject.name('held')
    await subject.docker.createVolume({ name: volume, driver: 'local', options: {}, labels: {} })
    const holder = path.join(import.meta.dirname, 'holder.ts')
    const args = [holder, bed.docker, bed.images.debian, subject.name('holder'), volume]
    const child = spawn(process.execPath, args, {
      env: { ...process.env, ...bed.environment },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    await once(child.stdout, 'data')
    expect(await subject.docker.containers(volume)).toHaveLength(1)
    child.kill(signal)
    await expect.poll(() => subject.docker.containers(volume), { timeout: 5000 }).toEqual([])
    await subject.docker.removeVolume(volume)
  },
)
