import { Command, Flags, type Interfaces } from '@oclif/core'

import type { DockerCommand } from '../docker/command.ts'
import { type CommandContext, contextOf } from './context.ts'
import { dockerCommandOf } from './docker-command.ts'
import type { ValueKind } from './description.ts'
import { expandBooleans } from './expand-booleans.ts'
import { createProgress, type Progress, type ProgressMode } from './progress.ts'

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

  private progressUnderWay: Progress | undefined

  protected get context(): CommandContext {
    return contextOf(this.config)
  }

  /** What calls docker as the user called us. */
  protected get dockerCommand(): DockerCommand {
    return dockerCommandOf(this.context)
  }

  /**
   * The progress that `--progress` asks for; `--quiet` alone means none. It is closed when the command ends, however
   * it ends.
   */
  protected progress(flags: { readonly progress: ProgressMode; readonly quiet?: boolean }): Progress {
    const mode = flags.quiet === true && flags.progress === 'auto' ? 'quiet' : flags.progress
    this.progressUnderWay ??= createProgress(mode, this.context)
    return this.progressUnderWay
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
    // oclif's own way to run a command that was made by hand; `Command.run` would load a configuration of its own.
    // oxlint-disable-next-line no-underscore-dangle
    return this._run()
  }

  protected override async finally(): Promise<void> {
    this.progressUnderWay?.close()
  }

  /** Errors belong to whoever ran the command; oclif would also set the exit code. */
  protected override async catch(error: Error): Promise<never> {
    throw error
  }
}
