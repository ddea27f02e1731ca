import type { Docker } from '../../src/docker/docker.ts'
import { VolError } from '../../src/errors.ts'
import type { Container, ContainerState } from '../../src/facts.ts'
import { engineTime } from './clock.ts'

type Life = Pick<Docker, 'pause' | 'unpause' | 'stop' | 'start' | 'engineStart' | 'startWatchdog'>

/** What pauses, stops and starts the containers of a fake engine, by their name. There is no watchdog to start. */
export function fakeLife(containers: Map<string, Container>): Life {
  const each = (ids: readonly string[], act: Act) => doToEach(containers, ids, act)
  return {
    async pause(ids) {
      each(ids, ({ id, state }) => {
        if (state === 'running') return { state: 'paused' }
        return state === 'paused' ? `Container ${id} is already paused` : `Container ${id} is not running`
      })
    },
    async unpause(ids) {
      each(ids, ({ id, state }) =>
        state === 'paused' ? { state: 'running' } : `Container ${id} is not paused`,
      )
    },
    async stop(ids) {
      each(ids, ({ state, autoRemove }) => {
        if (!runs(state)) return {}
        return autoRemove ? undefined : { state: 'exited', exitCode: 143, finishedAt: engineTime() }
      })
    },
    async start(ids) {
      each(ids, ({ state }) => {
        if (state === 'paused') return 'cannot start a paused container, try unpause instead'
        return state === 'running' ? {} : { state: 'running', startedAt: engineTime() }
      })
    },
    engineStart: async () => '2026-11-23 07:11:55.123456789 +0000 UTC',
    startWatchdog: async () => ({ acting() {}, acted() {}, dismiss() {} }),
  }
}

function runs(state: ContainerState): boolean {
  return state === 'running' || state === 'paused'
}

/** What becomes of a container: what changes of it, undefined when it goes away, or why it cannot be done. */
type Act = (container: Container) => Partial<Container> | string | undefined

/** Does it to each that it can be done to, like docker, and then fails if there was one that it could not. */
function doToEach(containers: Map<string, Container>, ids: readonly string[], act: Act): void {
  const refused: string[] = []
  for (const id of ids) {
    const found = [...containers.values()].find((container) => container.id === id || container.name === id)
    const outcome = found === undefined ? `No such container: ${id}` : act(found)
    if (typeof outcome === 'string') refused.push(`Error response from daemon: ${outcome}`)
    else if (found !== undefined && outcome === undefined) containers.delete(found.name)
    else if (found !== undefined) containers.set(found.name, { ...found, ...outcome })
  }
  if (refused.length > 0)
    throw new VolError('DOCKER_FAILED', 'docker failed with exit code 1.', { output: refused.join('\n') })
}
