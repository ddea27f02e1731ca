import { startThread } from './worker-thread.ts'
import type { WriteResult, WriteTask } from './write-worker.ts'

/** Bytes that may wait to be written before the giver has to wait. */
const mostWaiting = 8 * 1024 * 1024

export type PipeWriter = {
  /**
   * Takes a chunk, and waits while much is to be written before it. Fails with what the pipe failed with, now or
   * with an earlier chunk.
   */
  write(chunk: Uint8Array): Promise<void>
  /** Waits until everything was written, or fails as above. */
  finish(): Promise<void>
  /**
   * Ends the thread; nothing is written to the descriptor any more when this is done. A write that is under way is
   * waited for: it ends when the pipe is read, or when its reader ends.
   */
  close(): Promise<void>
}

/** Whether the giver keeps what it gives (`copied`), or has no further use for it (`taken`: whole buffers move). */
export type Ownership = 'copied' | 'taken'

/**
 * Starts a thread that writes to a pipe. A pipe holds 64 KiB, so whoever reads it waits for every turn that the
 * writer takes; with the event loop between two writes those turns were half of the time of a restore.
 */
export function startPipeWriter(ownership: Ownership): (descriptor: number) => PipeWriter {
  const thread = startThread('write-worker')
  return (descriptor) => {
    let waiting = 0
    let failure: Error | undefined
    let wake: (() => void) | undefined

    function fail(error: Error): void {
      failure ??= error
      wake?.()
    }
    thread.worker.on('message', (result: WriteResult) => {
      if (result.kind === 'failed') return fail(pipeError(result))
      waiting -= result.bytes
      wake?.()
    })
    thread.worker.on('error', (error) => fail(error instanceof Error ? error : new Error(String(error))))

    async function waitFor(most: number): Promise<void> {
      while (failure === undefined && waiting > most) {
        thread.worker.ref()
        const { promise, resolve } = Promise.withResolvers<void>()
        wake = resolve
        await promise
      }
      thread.worker.unref()
      if (failure !== undefined) throw failure
    }

    return {
      async write(chunk) {
        waiting += chunk.length
        const bytes = ownership === 'taken' && isWhole(chunk) ? chunk : Uint8Array.from(chunk)
        thread.send({ descriptor, bytes } satisfies WriteTask, [bytes.buffer])
        await waitFor(mostWaiting)
      },
      finish: () => waitFor(0),
      async close() {
        await thread.worker.terminate()
      },
    }
  }
}

/** Whether its memory is its alone, and not a slice of something. */
function isWhole(chunk: Uint8Array): chunk is Uint8Array<ArrayBuffer> {
  return chunk.buffer instanceof ArrayBuffer && chunk.length === chunk.buffer.byteLength
}

function pipeError({ code, message }: Extract<WriteResult, { kind: 'failed' }>): Error {
  return Object.assign(new Error(message), { code })
}
