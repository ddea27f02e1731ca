import { execa } from 'execa'
import { VolError } from '../errors.ts'

/** Which docker to call, and the global flags (`--context x`) that go before every command. */
export type DockerCommand = {
  readonly command: string
  readonly globals: readonly string[]
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly signal: AbortSignal
  /** Told of every call, for `-D`. */
  readonly trace?: (line: string) => void
}

/** What every call of docker has in common: `execa(docker.command, argumentsOf(…), {...optionsOf(docker), …})`. */
export function optionsOf(docker: DockerCommand) {
  return {
    env: environmentOf(docker),
    extendEnv: false,
    reject: false,
    stripFinalNewline: false,
    maxBuffer: 1024 ** 3,
    // In a group of its own, so that a Ctrl-C at the terminal reaches us alone and we decide what ends when.
    detached: true,
  } as const
}

/** The whole argv of a call. */
export function argumentsOf(docker: DockerCommand, args: readonly string[]): string[] {
  const all = [...docker.globals, ...args]
  docker.trace?.(`docker ${all.map((argument) => JSON.stringify(argument)).join(' ')}`)
  return all
}

function environmentOf(docker: DockerCommand): Record<string, string> {
  const environment: Record<string, string> = {}
  for (const [name, value] of Object.entries(docker.environment))
    // The socket tells a plugin of its parent's end; a docker that we start is not that plugin.
    if (value !== undefined && name !== 'DOCKER_CLI_PLUGIN_SOCKET') environment[name] = value
  return environment
}

/** Runs docker to its end. A failure comes as the VolError that fits what docker said, beside what it printed. */
export async function tryDocker(
  docker: DockerCommand,
  args: readonly string[],
): Promise<{ readonly stdout: string; readonly stderr: string; readonly error?: VolError }> {
  docker.signal.throwIfAborted()
  const { stdout, stderr, exitCode, code } = await execa(docker.command, argumentsOf(docker, args), {
    ...optionsOf(docker),
    stdin: 'ignore',
    cancelSignal: docker.signal,
  })
  docker.signal.throwIfAborted()
  const said = withoutDebugLines(stderr)
  if (exitCode === 0) return { stdout, stderr: said }
  return { stdout, stderr: said, error: dockerError(args, { code, exitCode, stderr: said }) }
}

/** With -D docker tells what it does on standard error; none of that is what it has to say. */
export function withoutDebugLines(stderr: string): string {
  return stderr.replaceAll(/^time="[^\n]*" level=(?:debug|info)[^\n]*\n?/gm, '')
}

/** Runs docker to its end and returns what it printed, or fails. */
export async function runDocker(docker: DockerCommand, args: readonly string[]): Promise<string> {
  const { stdout, error } = await tryDocker(docker, args)
  if (error !== undefined) throw error
  return stdout
}

/** Like `runDocker`, and reads the JSON that docker printed, one value a line. */
export async function askDocker(docker: DockerCommand, args: readonly string[]): Promise<readonly unknown[]> {
  return jsonLines(await runDocker(docker, args))
}

export function jsonLines(output: string): readonly unknown[] {
  return output
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line): unknown => JSON.parse(line))
}

export type DockerFailure = {
  readonly code?: string | undefined
  readonly exitCode?: number | undefined
  readonly stderr: string
}

/** What a failed docker call means for the user. */
export function dockerError(args: readonly string[], failure: DockerFailure): VolError {
  const { stderr } = failure
  const output = stderr.trim()
  if (failure.code === 'ENOENT' || failure.code === 'EACCES')
    return new VolError('DOCKER_NOT_FOUND', 'The docker command line could not be started.')
  if (
    /cannot connect to the docker daemon|error during connect|failed to connect to the docker API/i.test(
      stderr,
    )
  )
    return new VolError('DAEMON_UNREACHABLE', 'The docker daemon does not answer.', { output })
  if (/permission denied while trying to connect/i.test(stderr))
    return new VolError('DAEMON_UNREACHABLE', 'You are not allowed to talk to the docker daemon.', { output })
  if (/context .* (does not exist|not found)|context not found/i.test(stderr))
    return new VolError('DAEMON_UNREACHABLE', 'There is no such docker context.', {
      output,
      suggestions: ['docker context ls shows the contexts there are.'],
    })
  if (/no space left on device/i.test(stderr))
    return new VolError('NO_SPACE', 'The engine has no space left.', { output })
  const what = args.slice(0, 2).join(' ')
  return new VolError(
    'DOCKER_FAILED',
    `docker ${what} failed with exit code ${failure.exitCode ?? 'none'}.`,
    {
      output,
    },
  )
}
