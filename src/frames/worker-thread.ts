import { existsSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'

/** A thread that waits without an event loop, and the bell that tells it of a message. */
export type WorkerThread = {
  readonly worker: Worker
  /** What is in `transfer` moves and is gone here. */
  send(value: unknown, transfer?: readonly ArrayBuffer[]): void
}

/** Two threads keep two cores busy; more than eight only wait for the pipe. */
export function threadCount(): number {
  return Math.min(8, Math.max(2, availableParallelism()))
}

/** Starts a thread from the file beside this one, in the sources as well as in the bundle. */
export function startThread(name: string): WorkerThread {
  const bell = new SharedArrayBuffer(4)
  const words = new Int32Array(bell)
  const source = new URL(`./${name}.ts`, import.meta.url)
  const bundled = new URL(`./${name}.js`, import.meta.url)
  const worker = new Worker(existsSync(source) ? source : bundled, {
    workerData: { bell },
    // Young generations of the default size would grow a thread's memory to no use: it handles large buffers only.
    resourceLimits: { maxOldGenerationSizeMb: 64, maxYoungGenerationSizeMb: 4 },
  })
  // An idle thread must not keep the process alive; whoever awaits its answer does.
  worker.unref()
  return {
    worker,
    send(value, transfer = []) {
      worker.postMessage({ value }, transfer)
      Atomics.add(words, 0, 1)
      Atomics.notify(words, 0)
    },
  }
}
