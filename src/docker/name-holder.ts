import { argumentsOf, optionsOf, type DockerCommand } from './command.ts'
import { execa } from 'execa'
import { helperLabel } from './observe.ts'

/** Milliseconds after which a helper that was made but is still not started never will be: its docker was killed. */
const longestStart = 10_000

/**
 * Looks again and again at the container that bears a helper's name. Says whether it is at work, so that it is to be
 * waited for, or only about to start; one that stays so is removed, for nothing else would ever remove it.
 */
export function watchNameHolder(docker: DockerCommand, name: string): () => Promise<'at work' | 'starting'> {
  let stalled: { readonly id: string; readonly since: number } | undefined
  return async () => {
    const format = `{{.Id}} {{.State.Status}} {{index .Config.Labels "${helperLabel}"}}`
    const stdout = await outputOf(docker, ['container', 'inspect', '--format', format, '--', name])
    const [id = '', state, operation = ''] = stdout.trim().split(' ')
    // Gone by now, so that the name is free.
    if (id === '') return 'starting'
    if (state !== 'created' || operation === '') return 'at work'
    if (stalled?.id !== id) stalled = { id, since: performance.now() }
    // Without force: had it started after all, it would stay.
    else if (performance.now() - stalled.since > longestStart)
      await outputOf(docker, ['container', 'rm', '--volumes', '--', id])
    return 'starting'
  }
}

async function outputOf(docker: DockerCommand, args: readonly string[]): Promise<string> {
  const { stdout } = await execa(docker.command, argumentsOf(docker, args), {
    ...optionsOf(docker),
    stdin: 'ignore',
    cancelSignal: docker.signal,
  })
  return stdout ?? ''
}
