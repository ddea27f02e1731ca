/** The process edge: the one place that knows `process`. Makes the context, runs the command, ends the process. */
import { realpathSync } from 'node:fs'
import { homedir, userInfo } from 'node:os'
import path from 'node:path'
import process from 'node:process'

import { cancellation } from './cli/cancellation.ts'
import { bundledCommands, type CommandSource, sourceCommands } from './cli/commands.ts'
import type { CommandContext } from './cli/context.ts'
import { isClosed, terminalOf } from './cli/terminal.ts'
import { OutputClosed } from './cli/output-closed.ts'
import { printVersion, runCommand } from './cli/run-command.ts'
import { withStrays } from './cli/strays.ts'
import { dockerCommand, type Invocation, splitArguments } from './plugin.ts'

/** Runs this process's command line to its end. `script` is main's own `import.meta`. */
export async function main(script: ImportMeta): Promise<void> {
  const root = path.dirname(script.dirname)
  const { env } = process
  completeEnvironment(env)
  const original = env['DOCKER_CLI_PLUGIN_ORIGINAL_CLI_COMMAND']
  const invocation = splitArguments(process.argv.slice(2), (original ?? '') === '')
  const { kind, own } = invocation
  const abort = cancellation(process, env['DOCKER_CLI_PLUGIN_SOCKET'])
  const commands = script.filename.endsWith('.ts')
    ? sourceCommands(root)
    : bundledCommands(root, script.dirname)
  const source = watchStreams(abort, await commands)
  const context: CommandContext = {
    dockerCommand: dockerCommand(original, kind, path.join(root, 'bin', 'docker-vol'), realPath),
    globals: invocation.docker,
    configDirectory: invocation.configDirectory ?? env['DOCKER_CONFIG'] ?? path.join(homedir(), '.docker'),
    signal: abort.signal,
    debug: invocation.debug || asksForDebug(own),
    environment: env,
    terminal: terminalOf(process, env),
    version: source.version,
  }
  finish(await withStrays(process, abort, context, async () => run(invocation, context, source)))
}

/**
 * A container may run us as a user of whom the machine knows nothing. Node then has no home folder for it, and oclif no
 * shell: both fail unless variables say it.
 */
function completeEnvironment(env: NodeJS.ProcessEnv): void {
  try {
    userInfo()
  } catch {
    env['HOME'] ??= '/'
    env['SHELL'] ??= ''
  }
}

async function run(
  { kind, own, bare }: Invocation,
  context: CommandContext,
  source: CommandSource,
): Promise<number> {
  if (kind === 'version') return printVersion(context)
  if (kind === 'complete') {
    const { completeWords } = await import('./complete.ts')
    return completeWords(own, { context, source, bare })
  }
  return runCommand(kind === 'help' ? ['help', ...own] : own, context, source)
}

/**
 * Ends the process although a stuck worker, child or socket may still hold it, but not before what was written has
 * left: a slow reader of a long list gets all of it.
 */
function finish(exit: number): void {
  process.exitCode = exit
  process.stdout.write('', () => {
    process.stderr.write('', () => {
      process.exit()
    })
  })
}

/**
 * A reader that goes away ends the work without a word, and nobody is left to be told of a broken stderr. Returns a
 * source of commands that keeps it so: oclif, once loaded, throws out of the event what the write has reported.
 */
function watchStreams(abort: AbortController, source: CommandSource): CommandSource {
  const outputFailed = (error: Error) => {
    if (isClosed(error)) abort.abort(new OutputClosed(error))
  }
  process.stdout.on('error', outputFailed)
  process.stderr.on('error', () => {})
  return {
    ...source,
    load: async (id) => {
      const command = await source.load(id)
      process.stdout.removeAllListeners('error').on('error', outputFailed)
      return command
    },
  }
}

function asksForDebug(own: readonly string[]): boolean {
  const end = own.indexOf('--')
  return own.slice(0, end === -1 ? undefined : end).some((word) => word === '-D' || word === '--debug')
}

function realPath(file: string): string | undefined {
  try {
    return realpathSync(file)
  } catch {
    return undefined
  }
}
