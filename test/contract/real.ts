import { execa } from 'execa'
import process from 'node:process'
import { dockerPort } from '../../src/docker/engine.ts'
import type { DockerCommand } from '../../src/docker/command.ts'
import type { Bed } from '../bed/bed.ts'
import { testLabel } from '../e2e/leftovers.ts'
import type { DockerUnderTest } from './subject.ts'

/** The docker command line on an engine with the bed's Debian image. */
export function realDocker(
  bed: Bed,
  runId: string,
  environment: Readonly<Record<string, string>> = {},
): DockerUnderTest {
  const env = { ...process.env, ...bed.environment, ...environment }
  const command = (signal: AbortSignal): DockerCommand => ({
    command: bed.docker,
    globals: [],
    environment: env,
    signal,
  })
  const docker = (...args: readonly string[]) => execa(bed.docker, args, { env })
  let made = 0
  const names: string[] = []
  return {
    docker: dockerPort(command(new AbortController().signal)),
    interruptible: (signal) => dockerPort(command(signal)),
    image: bed.images.debian,
    unfitImages: ['no-such-image:1', bed.images.busybox],
    name: (part) => {
      const name = `${runId}-contract-${part}-${(made += 1)}`
      names.push(name)
      return name
    },
    async container({ name, volume, readOnly, labels, environment: wanted = {} }) {
      const mount = `--mount=type=volume,src=${volume},dst=/data${readOnly ? ',readonly' : ''}`
      const all = { [testLabel]: runId, ...labels }
      const given = Object.entries(all).map(([key, value]) => `--label=${key}=${value}`)
      const run = ['run', '--detach', '--init', '--pull=never', `--name=${name}`, mount]
      const variables = Object.entries(wanted).map(([key, value]) => `--env=${key}=${value}`)
      await docker(...run, ...given, ...variables, bed.images.debian, 'sleep', 'infinity')
    },
    async removeContainer(name) {
      await docker('rm', '--force', name)
    },
    async dispose() {
      await execa(bed.docker, ['rm', '--force', ...names], { env, reject: false })
      await execa(bed.docker, ['volume', 'rm', '--force', ...names], { env, reject: false })
    },
  }
}
