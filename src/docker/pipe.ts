import { close, closeSync, constants, open as openCallback, openSync, writeSync } from 'node:fs'
import { promisify } from 'node:util'
import { execa } from 'execa'
import type { PipedScript, ScriptResult } from './docker.ts'

const open = promisify(openCallback)

/**
 * A named pipe on this machine. Blocking reads and writes in threads are several times faster than Node's streams
 * (facts: 1.15 against 2.9 times the host's own tar), and one file serves a container beside us and a docker
 * command that streams alike.
 */
export async function makePipe(path: string): Promise<void> {
  // The folder keeps others out; inside a container the same file belongs to somebody else.
  await execa('mkfifo', ['-m', '666', path])
}

/** Opens the reading end. Waits until somebody has opened the other, or `wakePipe` says to wait no longer. */
export function openForReading(path: string): Promise<number> {
  return open(path, constants.O_RDONLY)
}

/** Opens the writing end; as above. */
export function openForWriting(path: string): Promise<number> {
  return open(path, constants.O_WRONLY)
}

/** Opens both ends at once, for when the other one is to be handed to a process that we start. */
export function openBothEnds(path: string): { readonly reading: number; readonly writing: number } {
  // Opened for both, a pipe does not wait for anybody; then neither do the others.
  const both = openSync(path, constants.O_RDWR)
  try {
    return { reading: openSync(path, constants.O_RDONLY), writing: openSync(path, constants.O_WRONLY) }
  } finally {
    closeSync(both)
  }
}

/**
 * Waits until both sides have the pipe open, or the script has ended without opening it: `exited` tells that earlier
 * than its result, which may wait for an input that comes only once the pipe was read.
 */
export async function piped(
  path: string,
  running: Promise<ScriptResult>,
  opening: number | Promise<number>,
  exited: Promise<unknown> = running,
): Promise<PipedScript> {
  let isOpen = false
  const result = (async () => {
    try {
      await Promise.race([exited, running])
    } finally {
      // At once, while the pipe has its name, and without a byte: the script may have opened it and left its data.
      if (!isOpen) await letOpen(path, opening)
    }
    return await running
  })()
  // Whoever uses the pipe awaits the result too; until then a failure is not unhandled.
  result.catch(() => undefined)
  const descriptor = await opening
  isOpen = true
  return { descriptor, result, wake: () => wakePipe(path) }
}

/** Lets an open that waits for the other side go through: it finds both here. */
async function letOpen(path: string, opening: number | Promise<number>): Promise<void> {
  let both: number
  try {
    both = openSync(path, constants.O_RDWR | constants.O_NONBLOCK)
  } catch {
    return
  }
  try {
    await opening
  } catch {
    // Told to whoever asked for the pipe.
  } finally {
    closeSync(both)
  }
}

/** Ends an open, a read or a write that waits for the other side: it sees an end, or a byte that nobody needs. */
export function wakePipe(path: string): void {
  let both: number
  try {
    both = openSync(path, constants.O_RDWR | constants.O_NONBLOCK)
  } catch {
    return
  }
  try {
    writeSync(both, new Uint8Array(1))
  } catch {
    // Full: whoever reads has something to read already.
  }
  // Held for a moment, so that an open that waits for the other end has found it.
  setTimeout(() => close(both), 50).unref()
}
