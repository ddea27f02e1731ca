import type { CommandSource } from './cli/commands.ts'
import type { CommandContext } from './cli/context.ts'

export async function completeWords(
  _words: readonly string[],
  context: CommandContext,
  _source: CommandSource,
): Promise<number> {
  await context.terminal.out(':4\n')
  return 0
}
