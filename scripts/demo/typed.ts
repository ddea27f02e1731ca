/** Runs commands as if they had been typed. */
import { execa } from 'execa'
import type { Place } from './place.ts'
import type { Screen } from './screen.ts'

export type Typed = {
  /** Shows the command, runs it with its output on the screen, and fails when it does. Returns its stdout. */
  readonly type: (...words: readonly string[]) => Promise<string>
  /** The same without showing anything; the output is for us. */
  readonly ask: (...words: readonly string[]) => Promise<string>
  /** Whether a command succeeds. */
  readonly does: (...words: readonly string[]) => Promise<boolean>
  /** For cleaning up: nothing is shown, and a further Ctrl-C does not reach it. */
  readonly tidy: (...words: readonly string[]) => Promise<void>
}

/** `words` begin with `docker`. */
export function typedIn({ folder, environment }: Place, screen: Screen, signal: AbortSignal): Typed {
  const common = { cwd: folder, env: environment, extendEnv: false, stdin: 'ignore' } as const
  return {
    async type(...words) {
      await screen.command(words)
      const { stdout } = await execa(...split(words), {
        ...common,
        stdout: ['inherit', 'pipe'],
        stderr: 'inherit',
        cancelSignal: signal,
      })
      return stdout
    },
    async ask(...words) {
      return (await execa(...split(words), { ...common, cancelSignal: signal })).stdout
    },
    async does(...words) {
      return (await execa(...split(words), { ...common, reject: false, cancelSignal: signal })).exitCode === 0
    },
    async tidy(...words) {
      await execa(...split(words), { ...common, detached: true })
    },
  }
}

function split([program = '', ...rest]: readonly string[]) {
  return [program, rest] as const
}
