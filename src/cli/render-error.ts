import { errorKinds, VolError } from '../errors.ts'
import { OutputClosed } from './output-closed.ts'
import { safeText } from './safe-text.ts'

type Failure = { readonly exit: number; readonly text: string }

type Options = { readonly debug: boolean; readonly version: string; readonly interrupted: boolean }

/** What is said about an error, and the exit code it leads to. A reader who has gone is told nothing. */
export function renderError(error: unknown, options: Options): Failure {
  if (error instanceof OutputClosed) return { exit: 0, text: '' }
  const stack = options.debug && error instanceof Error ? `\n${safeText(error.stack ?? '')}\n` : ''
  if (error instanceof VolError) return { exit: error.exit, text: renderVolError(error) + stack }
  if (options.interrupted && isAbort(error)) {
    return { exit: errorKinds.INTERRUPTED.exit, text: `Interrupted.${stack}\n` }
  }
  if (error instanceof AggregateError && error.errors.length > 0) return renderSeveral(error, options)
  const message = safeText(error instanceof Error ? error.message : String(error))
  const code = systemCode(error)
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    const { exit, hint } = errorKinds.NO_SPACE
    return { exit, text: `Error: ${message}\n\n${hint}\n${stack}` }
  }
  if (code !== undefined) return { exit: 1, text: `Error: ${message}\n${stack}` }
  const advice = options.debug
    ? 'Please report it with what you see below.'
    : 'Run again with -D to see where it happened, and report it with what you see.'
  return {
    exit: 1,
    text: `Error: ${message}\n\nThis is a bug in docker vol ${options.version}. ${advice}\n${stack}`,
  }
}

function renderVolError(error: VolError): string {
  const { code, message, output, suggestions, cause } = error
  const first = code === 'INTERRUPTED' ? message : `Error: ${message}`
  const reason = cause instanceof Error && !message.includes(cause.message) ? quote(cause.message) : ''
  const quoted = output === undefined || output.trim() === '' ? reason : quote(output)
  const hints = suggestions.map((line) => `${safeText(line)}\n`).join('')
  return `${safeText(first)}\n${quoted}${hints === '' ? '' : `\n${hints}`}`
}

/** Several things failed: the first decides the exit code, all are told. */
function renderSeveral(error: AggregateError, options: Options): Failure {
  const failures = error.errors.map((each: unknown) => renderError(each, options))
  const exit = failures.find((failure) => failure.exit !== 0)?.exit ?? 1
  return { exit, text: failures.map(({ text }) => text).join('\n') }
}

function quote(text: string): string {
  const lines = text.trimEnd().split(/\r?\n/)
  return `\n${lines.map((line) => `  ${safeText(line)}\n`).join('')}`
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && (error.name === 'AbortError' || error.name === 'ABORT_ERR')
}

/** A failed call of the operating system is not a bug: the disk is full, a directory is not ours. */
function systemCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('syscall' in error) || !('code' in error)) return undefined
  return String(error.code)
}
