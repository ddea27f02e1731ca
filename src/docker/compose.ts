import { execa } from 'execa'
import { argumentsOf, optionsOf, runDocker, type DockerCommand } from './command.ts'

export type ComposeRequest = {
  /** Absolute paths; `-` reads `input`. */
  readonly files: readonly string[]
  readonly input?: string
  readonly projectDirectory: string
  readonly projectName?: string | undefined
  readonly environmentFiles: readonly string[]
  /** Refuses a project of which parts lie elsewhere (git, OCI) instead of fetching them. */
  readonly fetchNothing?: boolean
}

/** What Compose makes of a project: its model as JSON, or why there is none. */
export type ComposeAnswer =
  | { readonly model: unknown }
  | { readonly absent: true }
  | { readonly refused: string }

/** A project takes Compose a tenth of a second; an audit must end within six. */
const patience = 3000
const mostOutput = 128 * 1024 * 1024

/** By these Compose leaves git repositories and OCI artifacts alone (its pkg/remote). */
const fetchNothing = { COMPOSE_EXPERIMENTAL_GIT_REMOTE: 'false', COMPOSE_EXPERIMENTAL_OCI_REMOTE: 'false' }

/**
 * `docker compose config`: every file, variable, include and profile resolved, and resources that nothing uses kept.
 * No daemon is asked. Dollars come doubled (`align` undoes that).
 */
export async function resolveWithCompose(
  docker: DockerCommand,
  request: ComposeRequest,
): Promise<ComposeAnswer> {
  const { files, input, projectDirectory, projectName, environmentFiles } = request
  const args = [
    'compose',
    ...files.map((file) => `--file=${file}`),
    `--project-directory=${projectDirectory}`,
    ...(projectName === undefined ? [] : [`--project-name=${projectName}`]),
    ...environmentFiles.map((file) => `--env-file=${file}`),
    '--profile=*',
    '--all-resources',
    'config',
    '--format=json',
  ]
  docker.signal.throwIfAborted()
  const options = optionsOf(docker)
  const running = execa(docker.command, argumentsOf(docker, args), {
    ...options,
    env: { ...options.env, ...(request.fetchNothing === true ? fetchNothing : {}) },
    maxBuffer: mostOutput,
    input: input ?? '',
    cancelSignal: docker.signal,
  })
  let late = false
  const timer = setTimeout(() => {
    late = true
    endGroup(running.pid)
  }, patience)
  const { stdout, stderr, exitCode, code, isMaxBuffer } = await running
  clearTimeout(timer)
  docker.signal.throwIfAborted()
  if (late || isMaxBuffer) return { refused: 'it took too long or printed too much' }
  if (code === 'ENOENT' || code === 'EACCES' || isMissing(stderr)) return { absent: true }
  if (exitCode !== 0) return { refused: reasonIn(stderr) }
  try {
    return { model: JSON.parse(stdout) }
  } catch {
    return { refused: 'what it printed is no JSON' }
  }
}

/**
 * `docker compose up --detach SERVICE…`: makes and starts the containers of these services, and of what they need, as the
 * files say now. Fails with DOCKER_FAILED.
 */
export async function startWithCompose(
  docker: DockerCommand,
  { files, projectDirectory, projectName, environmentFiles }: ComposeRequest,
  services: readonly string[],
): Promise<void> {
  await runDocker(docker, [
    'compose',
    ...files.map((file) => `--file=${file}`),
    `--project-directory=${projectDirectory}`,
    ...(projectName === undefined ? [] : [`--project-name=${projectName}`]),
    ...environmentFiles.map((file) => `--env-file=${file}`),
    'up',
    '--detach',
    ...services,
  ])
}

/** docker and the Compose that it started, which would go on without it: calls of docker lead a group of their own. */
function endGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL')
  } catch {
    // It has just ended.
  }
}

/** docker without the plugin takes `compose` for a mistyped command, or its flags for unknown ones. */
function isMissing(stderr: string): boolean {
  return /unknown (command|flag|shorthand flag)|is not a docker command/i.test(stderr)
}

/** Compose warns first and says last what was wrong. */
function reasonIn(stderr: string): string {
  const lines = stderr.split('\n').filter((line) => line.trim() !== '' && !/^time=.* level=/.test(line))
  return lines.join(' ').trim() || 'it gave no reason'
}
