import type { CommandContext } from './context.ts'
import { renderError } from './render-error.ts'

type Events = {
  on(event: 'uncaughtException' | 'unhandledRejection', listener: (error: unknown) => void): unknown
}

/** Milliseconds that a command has to release what it holds after an error escaped from it. */
const grace = 10_000

/**
 * Runs something to its exit code. An error that escapes past it is a bug, but what is held must still be released:
 * the command is told to stop, and only if it does not is it left behind. The bug is told in any case.
 */
export async function withStrays(
  process: Events,
  abort: AbortController,
  context: CommandContext,
  run: () => Promise<number>,
): Promise<number> {
  const { debug, version, terminal } = context
  let stray: { readonly error: unknown } | undefined
  const lost = new Promise<undefined>((resolve) => {
    const caught = (error: unknown) => {
      // What fails while everything is being stopped is told by whoever was stopped.
      if (abort.signal.aborted) return
      stray = { error }
      abort.abort(error)
      setTimeout(() => resolve(undefined), grace)
    }
    process.on('uncaughtException', caught)
    process.on('unhandledRejection', caught)
  })
  const exit = await Promise.race([run(), lost])
  if (stray === undefined || (exit !== undefined && exit !== 0)) return exit ?? 1
  const failure = renderError(stray.error, { debug, version, interrupted: false })
  terminal.err(failure.text)
  return failure.exit
}
