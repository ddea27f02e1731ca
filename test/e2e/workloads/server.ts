import { setTimeout as sleep } from 'node:timers/promises'
import type { RunOptions, RunResult } from '../running.ts'
import type { ContainerRequest, Scenario } from '../scenario.ts'

/** Runs a command in the server's container, whatever comes of it. */
export type Inside = (...words: readonly string[] | readonly [...string[], RunOptions]) => Promise<RunResult>

/** A server under way. */
export type Server = {
  readonly container: string
  readonly inside: Inside
  /** What it said if it ended before it was ready; it is not to be asked anything then. */
  readonly failure?: string
}

/** Starts a server without network, and waits until the command `ready` succeeds inside, or the server has ended. */
export async function startServer(
  bed: Scenario,
  { ready, more = [], ...request }: ContainerRequest & { readonly ready: readonly string[] },
): Promise<Server> {
  const container = await bed.container({
    ...request,
    more: ['--network=none', '--stop-timeout=60', ...more],
  })
  const inside = insideOf(bed, container)
  const before = performance.now()
  while ((await inside(...ready)).exitCode !== 0) {
    const running = ['container', 'inspect', '--format', '{{.State.Running}}', container]
    const over = performance.now() - before > 90_000
    if (over || (await bed.docker(...running)).stdout.trim() !== 'true') {
      const { stdout, stderr } = await bed.docker('logs', '--tail=20', container)
      const failure = `the server ${over ? 'does not get ready' : 'did not start'}:\n${stdout}${stderr}`
      return { container, inside, failure }
    }
    await sleep(100)
  }
  return { container, inside }
}

/** Runs commands in a container. */
function insideOf(bed: Scenario, container: string): Inside {
  return (...words) => {
    const last = words.at(-1)
    const reads = typeof last === 'object' && last.input !== undefined
    return bed.tryDocker('exec', ...(reads ? ['--interactive'] : []), container, ...words)
  }
}
