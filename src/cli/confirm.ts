import { isVolError, VolError } from '../errors.ts'
import type { CommandContext } from './context.ts'
import { safeText } from './safe-text.ts'

/** Asks whether something that cannot be taken back lightly may be done. */
export type Confirm = (question: string) => Promise<boolean>

/**
 * Asks on stderr and reads a line from stdin; only `y` and `yes` mean yes. `--yes` answers by itself. Without a
 * terminal on both ends nobody could answer: CONFIRMATION_NEEDED.
 */
export function confirmation(context: CommandContext, options: { readonly yes: boolean }): Confirm {
  const { terminal, signal } = context
  return async (question) => {
    if (options.yes) return true
    if (!terminal.stdinIsTerminal || !terminal.stderrIsTerminal) {
      throw new VolError(
        'CONFIRMATION_NEEDED',
        `${safeText(question)} There is no terminal to ask on, so nothing was done.`,
      )
    }
    terminal.err(`${safeText(question)} [y/N] `)
    const answer = await readLine(context)
    // Without an answer the line was never finished; what follows must not stand beside the question.
    if (answer === undefined) terminal.err('\n')
    signal.throwIfAborted()
    return /^\s*y(es)?\s*$/i.test(answer ?? '')
  }
}

/** Fails with CONFIRMATION_NEEDED when a question that comes later could not be asked. */
export function demandCanBeAsked({ terminal }: CommandContext, { yes }: { readonly yes: boolean }): void {
  if (!yes && (!terminal.stdinIsTerminal || !terminal.stderrIsTerminal))
    throw new VolError(
      'CONFIRMATION_NEEDED',
      'This has to be agreed to later, and there is no terminal to ask on, so nothing was begun.',
    )
}

/** Goes on only after a yes; a no is DECLINED. */
export async function demand(confirm: Confirm, question: string): Promise<void> {
  if (!(await confirm(question))) throw new VolError('DECLINED', 'Not confirmed.')
}

/** One line from stdin, undefined at its end or when interrupted. The terminal itself edits the line. */
async function readLine({ terminal: { stdin }, signal }: CommandContext): Promise<string | undefined> {
  let text = ''
  return new Promise((resolve, reject) => {
    const end = (line: string | undefined) => {
      stdin.off('data', take)
      stdin.off('end', ended)
      stdin.off('error', failed)
      signal.removeEventListener('abort', ended)
      stdin.pause()
      resolve(line)
    }
    const take = (chunk: Buffer | string) => {
      text += chunk.toString()
      if (text.includes('\n')) end(text.slice(0, text.indexOf('\n')))
    }
    const ended = () => end(undefined)
    const failed = (error: Error) => (isVolError(error) ? reject(error) : end(undefined))
    if (signal.aborted) return end(undefined)
    stdin.on('data', take)
    stdin.on('end', ended)
    stdin.on('error', failed)
    signal.addEventListener('abort', ended)
    stdin.resume()
    return undefined
  })
}
