import { runDocker, tryDocker, type DockerCommand } from './command.ts'
import type { Docker } from './docker.ts'

/** Pausing and stopping containers, each in a single call of docker: it tells the engine of all at once. */
export function lifeOf(
  docker: DockerCommand,
): Pick<Docker, 'pause' | 'unpause' | 'stop' | 'start' | 'engineStart'> {
  const each = async (words: readonly string[], ids: readonly string[]) => {
    if (ids.length > 0) await runDocker(docker, ['container', ...words, '--', ...ids])
  }
  return {
    pause: async (ids) => await each(['pause'], ids),
    unpause: async (ids) => await each(['unpause'], ids),
    stop: async (ids, graceSeconds) => await each(['stop', `-t=${graceSeconds}`], ids),
    start: async (ids) => await each(['start'], ids),
    async engineStart() {
      // `docker info` does not say it, but the daemon makes this network anew whenever it starts (moby, libnetwork).
      const { stdout } = await tryDocker(docker, ['network', 'inspect', '--format', '{{.Created}}', 'bridge'])
      return stdout.trim() === '' ? undefined : stdout.trim()
    },
  }
}
