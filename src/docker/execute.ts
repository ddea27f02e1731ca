import { closeSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { argumentsOf, dockerError, optionsOf, withoutDebugLines, type DockerCommand } from './command.ts'
import type { ContainerScript, PipedScript, ScriptResult } from './docker.ts'
import { makeExchangeFolder } from './exchange-folder.ts'
import { makePipe, openBothEnds, piped } from './pipe.ts'
import { within } from './within.ts'

/** Milliseconds that a script has to end by itself when its leash was let go. */
const patience = 10_000

/**
 * Runs a script in a container that is not ours, and collects what it prints. Its standard input is a leash: it stays
 * open until the script has ended, we are interrupted, or are gone however that came.
 */
export async function execute(
  docker: DockerCommand,
  script: ContainerScript & { readonly output?: number },
): Promise<ScriptResult> {
  docker.signal.throwIfAborted()
  const running = start(docker, script, script.output ?? 'pipe')
  return await ended(docker, running)
}

/** The same with the script's standard output in a pipe. */
export async function executeReading(docker: DockerCommand, script: ContainerScript): Promise<PipedScript> {
  docker.signal.throwIfAborted()
  const folder = await makeExchangeFolder()
  try {
    const path = join(folder, 'pipe')
    await makePipe(path)
    const ends = openBothEnds(path)
    const running = start(docker, script, ends.writing)
    closeSync(ends.writing)
    const result = ended(docker, running)
    const letGo = () => running.stdin.end()
    const underWay = await piped(path, result, ends.reading)
    // Nobody looks for the pipe any more once both sides have it; `wake` does, so the folder stays until the end.
    result.catch(() => undefined).finally(() => void rm(folder, { recursive: true, force: true }))
    return {
      ...underWay,
      wake() {
        letGo()
        underWay.wake()
      },
    }
  } catch (error) {
    await rm(folder, { recursive: true, force: true })
    throw error
  }
}

function start(docker: DockerCommand, script: ContainerScript, stdout: 'pipe' | number) {
  const running = execa(docker.command, argumentsOf(docker, executeArguments(script)), {
    ...optionsOf(docker),
    encoding: 'latin1',
    stdin: 'pipe',
    stdout: stdout === 'pipe' ? 'pipe' : descriptor(stdout),
  })
  // A script that has ended has closed its input; its exit code tells.
  running.stdin.on('error', () => undefined)
  return running
}

function executeArguments(script: ContainerScript): string[] {
  return [
    'exec',
    '--interactive',
    ...(script.user === undefined ? [] : [`--user=${script.user}`]),
    '--workdir=/',
    '--env=LC_ALL=C',
    script.container,
    '/bin/sh',
    '-c',
    script.text,
    'sh',
    ...script.arguments,
  ]
}

type Run = ReturnType<typeof start>

/** Waits for the script. When we are interrupted the leash goes, and docker itself if that does not help. */
async function ended(docker: DockerCommand, running: Run): Promise<ScriptResult> {
  const interrupted = () => {
    running.stdin.end()
    void within(patience, running).then((over) => over || running.kill('SIGKILL'))
  }
  docker.signal.addEventListener('abort', interrupted)
  try {
    if (docker.signal.aborted) interrupted()
    const { exitCode, code, stdout, stderr: said } = await running
    docker.signal.throwIfAborted()
    const stderr = withoutDebugLines(said)
    if (exitCode === undefined || fromDocker.test(stderr))
      throw dockerError(['exec', 'in a container'], { exitCode, code, stderr })
    return { exitCode, stdout: stdout ?? '', stderr }
  } finally {
    docker.signal.removeEventListener('abort', interrupted)
    running.stdin.end()
  }
}

// The script never ran, or could not: the container is gone, paused, or has no shell.
const fromDocker =
  /^(?:Error response from daemon|Error: No such container|OCI runtime exec failed|cannot exec|No such container)/m

/** execa hands on any descriptor; its types name only those up to 9. */
function descriptor(number: number): 3 {
  if (!isDescriptor(number)) throw new Error(`${number} is no descriptor`)
  return number
}

function isDescriptor(number: number): number is 3 {
  return Number.isInteger(number)
}
