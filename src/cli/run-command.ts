import { commandHelp, rootHelp } from '../help.ts'
import { isVolError } from '../errors.ts'
import type { CommandSource } from './commands.ts'
import { attachContext, type CommandContext } from './context.ts'
import type { CommandDescription } from './description.ts'
import { OutputClosed } from './output-closed.ts'
import { renderError } from './render-error.ts'
import { isParseError, mistakeOf, unknownCommand, usageMessage } from './usage-errors.ts'

/**
 * Runs one command line (`['ls', '--quiet']`) and returns the exit code. Whatever goes wrong is told on stderr;
 * nothing is thrown.
 */
export async function runCommand(
  argv: readonly string[],
  context: CommandContext,
  source: CommandSource,
): Promise<number> {
  let command: CommandDescription | undefined
  try {
    const manifest = await source.describe()
    const asked = argv.slice(0, argv.includes('--') ? argv.indexOf('--') : undefined)
    const wantsHelp = asked.some((word) => word === '--help' || word === '-h')
    const words = argv[0] === 'help' ? argv.slice(1) : argv
    const id = words.find((word) => !['-D', '--debug', '--help', '-h'].includes(word))
    if (id === '--version' || id === '-v') return await printVersion(context)
    if (id === undefined) {
      await context.terminal.out(rootHelp(manifest, context.terminal.size().columns))
      return 0
    }
    command = manifest.commands.find((known) => known.id === id)
    if (command === undefined) {
      const mistake = id.startsWith('-') ? usageMessage(`unknown flag: ${id}`) : unknownCommand(id, manifest)
      context.terminal.err(mistake)
      return 2
    }
    if (wantsHelp || words !== argv) {
      await context.terminal.out(commandHelp(command, context.terminal.size().columns))
      return 0
    }
    return await execute(command.id, words.slice(words.indexOf(id) + 1), context, source)
  } catch (error) {
    return report(error, command, context)
  }
}

/** `docker vol --version`. */
export async function printVersion(context: CommandContext): Promise<number> {
  await context.terminal.out(`docker vol version ${context.version}\n`)
  return 0
}

async function execute(
  id: string,
  argv: readonly string[],
  context: CommandContext,
  source: CommandSource,
): Promise<number> {
  const [{ Config }, CommandToRun] = await Promise.all([import('@oclif/core/config'), source.load(id)])
  // oclif finds commands for itself only when asked by its own `run`; with the class at hand it needs no files.
  const config = await Config.load({
    root: import.meta.dirname,
    pjson: {
      name: 'docker-vol',
      version: context.version,
      oclif: { bin: 'docker vol', dirname: 'docker-vol', topicSeparator: ' ' },
    },
    devPlugins: false,
    userPlugins: false,
    ignoreManifest: true,
  })
  attachContext(config, context)
  CommandToRun.id = id
  const result: unknown = await new CommandToRun([...argv], config).execute()
  return typeof result === 'number' ? result : 0
}

function report(error: unknown, command: CommandDescription | undefined, context: CommandContext): number {
  const { debug, version, terminal, signal } = context
  if (command !== undefined && isParseError(error)) {
    terminal.err(usageMessage(mistakeOf(error, command), command))
    return 2
  }
  if (command !== undefined && isVolError(error, 'USAGE')) {
    terminal.err(usageMessage(error.message, command))
    return error.exit
  }
  const closed = signal.aborted && signal.reason instanceof OutputClosed
  const told = signal.aborted && isAbortOf(error, signal) ? signal.reason : error
  const { exit, text } = renderError(told, { debug, version, interrupted: signal.aborted && !closed })
  terminal.err(text)
  return exit
}

/** Aborted work often throws a bare AbortError; the signal knows better why. */
function isAbortOf(error: unknown, signal: AbortSignal): boolean {
  return error === signal.reason || (error instanceof Error && error.name === 'AbortError')
}
