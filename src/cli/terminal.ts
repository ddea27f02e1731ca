import type { Readable, Writable } from 'node:stream'

import { OutputClosed } from './output-closed.ts'

/** The three standard streams and what is known about them. Only `cli` and `main` write to it. */
export type Terminal = {
  readonly stdin: Readable
  readonly stdout: Writable
  readonly stderr: Writable
  readonly stdinIsTerminal: boolean
  readonly stdoutIsTerminal: boolean
  readonly stderrIsTerminal: boolean
  /** Whether stderr may be coloured and redrawn. */
  readonly color: boolean
  /** Columns and rows of the screen that a person looks at; 80 by 24 when nobody does. */
  size(): { readonly columns: number; readonly rows: number }
  /** Writes a result. Waits for a slow reader; fails with OutputClosed when the reader has gone. */
  out(data: string | Uint8Array): Promise<void>
  /** Writes anything that is not a result. Never fails. */
  err(text: string): void
}

type Streams = {
  readonly stdin: Readable & { isTTY?: boolean }
  readonly stdout: Writable & { isTTY?: boolean; columns?: number; rows?: number }
  readonly stderr: Writable & { isTTY?: boolean; columns?: number; rows?: number }
}

/** The terminal that the given streams are. */
export function terminalOf(
  streams: Streams,
  environment: Readonly<Record<string, string | undefined>>,
): Terminal {
  const { stdin, stdout, stderr } = streams
  const stderrIsTerminal = stderr.isTTY === true
  const smart = environment['TERM'] !== 'dumb'
  return {
    stdin,
    stdout,
    stderr,
    stdinIsTerminal: stdin.isTTY === true,
    stdoutIsTerminal: stdout.isTTY === true,
    stderrIsTerminal,
    color: stderrIsTerminal && smart && (environment['NO_COLOR'] ?? '') === '',
    size: () => ({
      columns: stdout.columns || stderr.columns || 80,
      rows: stderr.rows || stdout.rows || 24,
    }),
    out: async (data) => write(stdout, data),
    err: (text) => {
      if (stderr.writable) stderr.write(text)
    },
  }
}

/** The callback of a write comes once the data has left, which is also how a slow reader is waited for. */
async function write(stream: Writable, data: string | Uint8Array): Promise<void> {
  if (stream.destroyed || stream.errored) throw new OutputClosed(stream.errored ?? undefined)
  await new Promise<void>((resolve, reject) => {
    stream.write(data, (error) => {
      if (error === null || error === undefined) resolve()
      else reject(isClosed(error) ? new OutputClosed(error) : error)
    })
  })
}

/** Whether an error of a stream says that nobody reads it any more: the reader ended, or the terminal is gone. */
export function isClosed(error: Error & { code?: string }): boolean {
  return ['EPIPE', 'EIO', 'ERR_STREAM_DESTROYED', 'ERR_STREAM_WRITE_AFTER_END'].includes(error.code ?? '')
}
