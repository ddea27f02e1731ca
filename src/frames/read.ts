import type { ReadResult, ReadTask } from './read-worker.ts'
import { startThread, threadCount } from './worker-thread.ts'

/** A frame of a blob that is open: where its compressed bytes lie, and how many bytes it holds. */
export type FramePlace = {
  readonly descriptor: number
  readonly position: number
  readonly compressed: number
  readonly raw: number
}

/** A frame or a file that is not what it should be. */
export class FrameDamage extends Error {}

export type FrameReader = {
  /** The SHA-256 of the first `size` bytes of a file, as `sha256:…`. */
  digest(file: { readonly descriptor: number; readonly size: number }): Promise<string>
  /** The contents of frames, in order, a few decompressed ahead. Fails when a frame is not whole. */
  frames(places: Iterable<FramePlace> | AsyncIterable<FramePlace>): AsyncGenerator<Uint8Array<ArrayBuffer>>
  close(): Promise<void>
}

type TaskWithoutNumber = ReadTask extends infer Task
  ? Task extends ReadTask
    ? Omit<Task, 'task'>
    : never
  : never

/** Starts threads that read and decompress beside each other. What is under way fails at once when it is interrupted. */
export function startFrameReader(signal: AbortSignal): FrameReader {
  const threads = Array.from({ length: threadCount() }, () => startThread('read-worker'))
  const waiting = new Map<number, { resolve(result: ReadResult): void; reject(error: unknown): void }>()
  let nextTask = 0
  let failure: { readonly error: unknown } | undefined

  /** Nothing more comes: from now on, and for those who wait. */
  function fail(error: unknown): void {
    failure ??= { error }
    for (const waiter of waiting.values()) waiter.reject(error)
    waiting.clear()
  }
  const interrupted = () => fail(signal.reason)
  if (signal.aborted) interrupted()
  else signal.addEventListener('abort', interrupted)

  for (const { worker } of threads) {
    worker.on('message', (result: ReadResult) => {
      const waiter = waiting.get(result.task)
      // Whoever closes the reader waits for the threads, which must keep the process alive then.
      if (waiter === undefined) return
      waiting.delete(result.task)
      if (waiting.size === 0) for (const thread of threads) thread.worker.unref()
      if (result.kind === 'failed') waiter.reject(new FrameDamage(result.message))
      else waiter.resolve(result)
    })
    worker.on('error', fail)
    worker.unref()
  }

  function ask(task: TaskWithoutNumber): Promise<ReadResult> {
    const number = nextTask++
    return new Promise((resolve, reject) => {
      if (failure !== undefined) return reject(failure.error)
      waiting.set(number, { resolve, reject })
      const thread = threads[number % threads.length]
      for (const { worker } of threads) worker.ref()
      thread?.send({ ...task, task: number })
    })
  }

  async function frame(place: FramePlace): Promise<Uint8Array<ArrayBuffer>> {
    const result = await ask({ kind: 'frame', ...place })
    if (result.kind !== 'frame') throw new Error('a thread answered another question')
    return result.bytes
  }

  return {
    async digest(file) {
      const result = await ask({ kind: 'digest', descriptor: file.descriptor, size: file.size })
      if (result.kind !== 'digest') throw new Error('a thread answered another question')
      return result.digest
    },
    async *frames(places) {
      const ahead: Promise<Uint8Array<ArrayBuffer>>[] = []
      try {
        for await (const place of places) {
          const next = frame(place)
          // A failure is reported when its turn comes; until then it is not unhandled.
          next.catch(() => undefined)
          ahead.push(next)
          if (ahead.length > threads.length) yield await first(ahead)
        }
        while (ahead.length > 0) yield await first(ahead)
      } finally {
        await Promise.allSettled(ahead)
      }
    },
    async close() {
      signal.removeEventListener('abort', interrupted)
      fail(new Error('the reader was closed'))
      await Promise.all(threads.map(({ worker }) => worker.terminate()))
    },
  }
}

async function first(ahead: Promise<Uint8Array<ArrayBuffer>>[]): Promise<Uint8Array<ArrayBuffer>> {
  const next = ahead.shift()
  if (next === undefined) throw new Error('no frame is under way')
  return await next
}
