/** A thread that writes to a pipe, one chunk after the other, for as long as it takes. */
import { writeSync } from 'node:fs'
import { isMainThread, parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads'
import { discard } from './codec.ts'

export type WriteTask = { readonly descriptor: number; readonly bytes: Uint8Array }
export type WriteResult =
  | { readonly kind: 'written'; readonly bytes: number }
  | { readonly kind: 'failed'; readonly code: string; readonly message: string }

function run(port: NonNullable<typeof parentPort>, bell: Int32Array): void {
  for (;;) {
    const rung = Atomics.load(bell, 0)
    const received: { readonly message: { readonly value: WriteTask } } | undefined =
      receiveMessageOnPort(port)
    if (received === undefined) Atomics.wait(bell, 0, rung)
    else port.postMessage(perform(received.message.value))
  }
}

function perform({ descriptor, bytes }: WriteTask): WriteResult {
  const size = bytes.length
  try {
    for (let done = 0; done < size;) done += writeSync(descriptor, bytes, done, size - done)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : ''
    return { kind: 'failed', code, message: error instanceof Error ? error.message : String(error) }
  }
  discard(bytes)
  return { kind: 'written', bytes: size }
}

if (!isMainThread && parentPort !== null) {
  const { bell }: { readonly bell: SharedArrayBuffer } = workerData
  run(parentPort, new Int32Array(bell))
}
