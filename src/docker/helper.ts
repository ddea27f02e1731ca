import type { ChildProcess } from 'node:child_process'
import { closeSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { argumentsOf, dockerError, optionsOf, withoutDebugLines, type DockerCommand } from './command.ts'
import type { Helper, HelperRequest, PipedScript, Script, ScriptResult } from './docker.ts'
import { makeExchangeFolder } from './exchange-folder.ts'
import { holdLeash, type Leash } from './leash.ts'
import { within } from './within.ts'
import { makePipe, openBothEnds, openForReading, openForWriting, piped } from './pipe.ts'

/** Where the folder that we share with the container lies in it. */
const exchangePath = '/exchange'

// Before a script begins, its output or input is taken to the pipe, unless that is docker's own stream (`-`).
const toPipe = 'pipe=$1; shift; [ "$pipe" = - ] || exec >"$pipe"\n'
const fromPipe = 'pipe=$1; shift; [ "$pipe" = - ] || exec <"$pipe"\n'

/**
 * Starts the helper container. `tryExchange` offers it a folder of this machine; whether that is really the same
 * folder is found out by sending a word through a pipe in it, so that a daemon in a virtual machine is not taken
 * for a local one.
 */
export async function startHelper(
  docker: DockerCommand,
  request: HelperRequest,
  tryExchange: boolean,
): Promise<Helper> {
  const folder = await makeExchangeFolder()
  let leash: Leash
  try {
    leash = await holdLeash(docker, request, tryExchange ? { folder, path: exchangePath } : undefined)
  } catch (error) {
    await rm(folder, { recursive: true, force: true })
    throw error
  }
  return helperOn(docker, leash, folder)
}

function helperOn(docker: DockerCommand, leash: Leash, folder: string): Helper {
  let pipes = 0
  let closing: Promise<void> | undefined
  const commands = new Set<DockerRun>()

  /** Waits for a docker command, which `close` ends if need be. */
  async function ended(command: DockerRun): Promise<ScriptResult> {
    commands.add(command)
    try {
      return check(await command)
    } finally {
      commands.delete(command)
    }
  }

  function executeArguments(prefix: string, script: Script, first: readonly string[]): string[] {
    return argumentsOf(docker, [
      'exec',
      ...(script.input === undefined ? [] : ['--interactive']),
      leash.container,
      '/bin/sh',
      '-c',
      prefix + script.text,
      'sh',
      ...first,
      ...script.arguments,
    ])
  }

  function check(result: Ended): ScriptResult {
    docker.signal.throwIfAborted()
    // A word of docker's own: the script itself never ran, or its container went away.
    const stderr = withoutDebugLines(result.stderr)
    if (result.exitCode === undefined || fromDocker.test(stderr))
      throw dockerError(['exec', 'in the helper'], { ...result, stderr })
    return { exitCode: result.exitCode, stdout: result.stdout ?? '', stderr }
  }

  /** Runs a script with its output or its input in a pipe. */
  async function throughPipe(direction: 'reading' | 'writing', script: Script): Promise<PipedScript> {
    const isReading = direction === 'reading'
    docker.signal.throwIfAborted()
    const path = join(folder, `pipe-${pipes++}`)
    try {
      await makePipe(path)
      // Whoever opened it after an interruption could wait for ever: its folder is being removed.
      docker.signal.throwIfAborted()
      const streams = leash.shared ? undefined : openBothEnds(path)
      const inContainer = leash.shared ? join(exchangePath, path.slice(folder.length)) : '-'
      // Docker's own input is the script's only when it is asked for.
      const started = isReading || leash.shared ? script : { ...script, input: [] }
      const running = execa(
        docker.command,
        executeArguments(isReading ? toPipe : fromPipe, started, [inContainer]),
        {
          ...optionsOf(docker),
          encoding: 'latin1',
          ...(isReading
            ? { stdin: script.input ?? 'ignore', stdout: descriptorOr(streams?.writing) }
            : { stdin: descriptorOr(streams?.reading) }),
        },
      )
      if (streams !== undefined) closeSync(isReading ? streams.writing : streams.reading)
      const ours = isReading ? openForReading : openForWriting
      const opening = streams === undefined ? ours(path) : isReading ? streams.reading : streams.writing
      return await piped(path, ended(running), opening, exitOf(running.nodeChildProcess))
    } catch (error) {
      // An interruption takes the folder away, too.
      docker.signal.throwIfAborted()
      throw error
    }
  }

  async function close(): Promise<void> {
    docker.signal.removeEventListener('abort', abort)
    await leash.release(docker.signal.aborted)
    // With the container their scripts are gone; only an engine that does not answer keeps them waiting.
    if (!(await within(2000, Promise.allSettled(commands)))) for (const each of commands) each.kill('SIGKILL')
    await rm(folder, { recursive: true, force: true })
  }
  const abort = () => void (closing ??= close())
  docker.signal.addEventListener('abort', abort)

  return {
    path: (mount) => `/${mount}`,
    async run(script) {
      docker.signal.throwIfAborted()
      const running = execa(docker.command, executeArguments('', script, []), {
        ...optionsOf(docker),
        encoding: 'latin1',
        stdin: script.input ?? 'ignore',
      })
      return await ended(running)
    },
    reading: (script) => throughPipe('reading', script),
    writing: (script) => throughPipe('writing', script),
    close: () => (closing ??= close()),
  }
}

/** Tells that a process has ended, though what it was given to read may not have. */
function exitOf(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => child.once('exit', () => resolve()))
}

type DockerRun = Promise<Ended> & { kill(signal: 'SIGKILL'): unknown }

// At the beginning of a line: a script's own messages may quote names of files, which can be anything.
const fromDocker =
  /^(?:Error response from daemon|Error: No such container|OCI runtime exec failed|cannot exec)/m

type Ended = {
  readonly code?: string | undefined
  readonly exitCode?: number | undefined
  readonly stdout?: string | undefined
  readonly stderr: string
}

/** execa hands on any descriptor; its types name only those up to 9. */
function isDescriptor(descriptor: number): descriptor is 3 {
  return Number.isInteger(descriptor)
}

function descriptorOr(descriptor: number | undefined): 3 | 'ignore' {
  return descriptor !== undefined && isDescriptor(descriptor) ? descriptor : 'ignore'
}
