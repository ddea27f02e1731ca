import { Command, Flags, type Interfaces } from '@oclif/core'

import { type CommandContext, contextOf } from './context.ts'
import type { ValueKind } from './description.ts'
import { expandBooleans } from './expand-booleans.ts'

/**
 * What every command is built on. A command parses its flags with `this.parse(X)`, observes, plans, confirms,
 * executes and reports; all it needs from outside is `this.context`.
 */
export abstract class VolCommand extends Command {
  static override baseFlags = {
    debug: Flags.boolean({
      char: 'D',
      hidden: true,
      description: 'Show every docker call, and where an unexpected error came from',
    }),
  }

  /** Candidates for a value of this kind; asked only while a shell completes. */
  static complete?(kind: ValueKind, word: string, context: CommandContext): Promise<readonly string[]>

  protected get context(): CommandContext {
    return contextOf(this.config)
  }

  protected override async parse<
    F extends Interfaces.OutputFlags<Interfaces.FlagInput>,
    B extends Interfaces.OutputFlags<Interfaces.FlagInput>,
    A extends Interfaces.OutputArgs<Interfaces.ArgInput>,
  >(input: Interfaces.Input<F, B, A>, argv: string[] = this.argv): Promise<Interfaces.ParserOutput<F, B, A>> {
    const flags: Interfaces.FlagInput = { ...input.baseFlags, ...input.flags }
    for (const flag of Object.values(flags)) {
      // `--filter a=b VOLUME` must not take VOLUME as a second filter.
      if (flag.type === 'option' && flag.multiple) flag.multipleNonGreedy = true
    }
    for (const arg of Object.values<Interfaces.ArgInput[string]>(input.args ?? {})) {
      // A missing argument is an error, not a reason to read it from a pipe that is meant for something else.
      arg.ignoreStdin = true
    }
    return super.parse(input, expandBooleans(argv, flags))
  }

  /**
   * Runs the command. A number that `run` returns is the exit code (3 for findings); anything else means 0.
   */
  async execute(): Promise<unknown> {
    return this._run()
  }

  /** Errors belong to whoever ran the command; oclif would also set the exit code. */
  protected override async catch(error: Error): Promise<never> {
    throw error
  }
}
