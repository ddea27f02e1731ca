import type { DockerCommand } from '../docker/command.ts'
import type { CommandContext } from './context.ts'
import { safeText } from './safe-text.ts'

/** Calls docker as the user called us: the same docker, the same global flags. With -D every call is shown. */
export function dockerCommandOf(context: CommandContext): DockerCommand {
  const { dockerCommand, globals, environment, signal, debug, terminal } = context
  const trace = (line: string) => terminal.err(`${safeText(line)}\n`)
  return { command: dockerCommand, globals, environment, signal, ...(debug ? { trace } : {}) }
}
