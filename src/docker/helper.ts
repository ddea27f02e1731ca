import { closeSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { execa } from 'execa'
import { argumentsOf, dockerError, optionsOf, type DockerCommand } from './command.ts'
import type { Helper, HelperRequest, PipedScript, Script, ScriptResult } from './docker.ts'
import { makeExchangeFolder } from './exchange-folder.ts'
import { holdLeash, type Leash } from './leash.ts'
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
  return helperOn(docker, request, leash, folder)
}

function helperOn(docker: DockerCommand, request: HelperRequest, leash: Leash, folder: string): Helper {
  let pipes = 0
  let closing: Promise<void> | undefined

  function executeArguments(prefix: string, script: Script, first: readonly string[]): string[] {
    return argumentsOf(docker, [
      'exec',
      ...(script.input === undefined ? [] : ['--interactive']),
      request.name,
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
    // 125 to 127 with a word of the daemon's own: the script itself never ran, or its container went away.
    if (
      result.exitCode === undefined ||
      /Error response from daemon|cannot exec|No such container/.test(result.stderr)
    )
      throw dockerError(['exec', 'in the helper'], result)
    return { exitCode: result.exitCode, stdout: result.stdout ?? '', stderr: result.stderr }
  }

  async function close(): Promise<void> {
    docker.signal.removeEventListener('abort', abort)
    await leash.release(docker.signal.aborted)
    await rm(folder, { recursive: true, force: true })
  }
  const abort = () => void (closing ??= close())
  docker.signal.addEventListener('abort', abort)

  return {
    path: (mount) => `/${mount}`,
    async run(script) {
      docker.signal.throwIfAborted()
      const result = await execa(docker.command, executeArguments('', script, []), {
        ...optionsOf(docker),
        encoding: 'latin1',
        stdin: script.input ?? 'ignore',
      })
      return check(result)
    },
    async reading(script): Promise<PipedScript> {
      docker.signal.throwIfAborted()
      const path = join(folder, `pipe-${pipes++}`)
      await makePipe(path)
      const streams = leash.shared ? undefined : openBothEnds(path)
      const command = executeArguments(toPipe, script, [
        leash.shared ? join(exchangePath, path.slice(folder.length)) : '-',
      ])
      const running = execa(docker.command, command, {
        ...optionsOf(docker),
        encoding: 'latin1',
        stdin: script.input ?? 'ignore',
        stdout: descriptorOr(streams?.writing),
      })
      if (streams !== undefined) closeSync(streams.writing)
      return await piped(path, running.then(check), streams?.reading ?? openForReading(path))
    },
    async writing(script): Promise<PipedScript> {
      docker.signal.throwIfAborted()
      const path = join(folder, `pipe-${pipes++}`)
      await makePipe(path)
      const streams = leash.shared ? undefined : openBothEnds(path)
      const pipeArgument = leash.shared ? join(exchangePath, path.slice(folder.length)) : '-'
      const withInput = leash.shared ? script : { ...script, input: [] }
      const running = execa(docker.command, executeArguments(fromPipe, withInput, [pipeArgument]), {
        ...optionsOf(docker),
        encoding: 'latin1',
        stdin: descriptorOr(streams?.reading),
      })
      if (streams !== undefined) closeSync(streams.reading)
      return await piped(path, running.then(check), streams?.writing ?? openForWriting(path))
    },
    close: () => (closing ??= close()),
  }
}

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
