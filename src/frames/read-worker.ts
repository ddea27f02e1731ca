/** A thread that reads blobs: it checks digests and decompresses frames, one task at a time. */
import { createHash } from 'node:crypto'
import { readlinkSync, readSync } from 'node:fs'
import { constants, setPriority } from 'node:os'
import { isMainThread, parentPort } from 'node:worker_threads'
import { decompressFrame, discard } from './codec.ts'

export type ReadTask =
  | { readonly kind: 'digest'; readonly task: number; readonly descriptor: number; readonly size: number }
  | {
      readonly kind: 'frame'
      readonly task: number
      readonly descriptor: number
      readonly position: number
      readonly compressed: number
      readonly raw: number
    }
export type ReadResult =
  | { readonly task: number; readonly kind: 'digest'; readonly digest: string }
  | { readonly task: number; readonly kind: 'frame'; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly task: number; readonly kind: 'failed'; readonly message: string }

function readExactly(descriptor: number, position: number, target: Uint8Array): void {
  for (let done = 0; done < target.length;) {
    const read = readSync(descriptor, target, done, target.length - done, position + done)
    if (read === 0) throw new Error('the file ends too early')
    done += read
  }
}

function digestOf(descriptor: number, size: number): string {
  const hash = createHash('sha256')
  const buffer = new Uint8Array(Math.min(size, 1024 * 1024))
  for (let position = 0; position < size; position += buffer.length) {
    const part = buffer.subarray(0, Math.min(buffer.length, size - position))
    readExactly(descriptor, position, part)
    hash.update(part)
  }
  return `sha256:${hash.digest('hex')}`
}

function perform(task: ReadTask): ReadResult {
  switch (task.kind) {
    case 'digest':
      return { task: task.task, kind: 'digest', digest: digestOf(task.descriptor, task.size) }
    case 'frame': {
      const compressed = new Uint8Array(task.compressed)
      readExactly(task.descriptor, task.position, compressed)
      const bytes = decompressFrame(compressed, task.raw)
      discard(compressed)
      return { task: task.task, kind: 'frame', bytes }
    }
  }
}

const port = parentPort
if (!isMainThread) yieldToOthers()

/**
 * Threads that work ahead must not delay the two that hand on what is ready: with all of them equal on two cores, the
 * pipe to tar stood still between its 64 KiB for longer than it moved. Linux has a priority for each thread.
 */
function yieldToOthers(): void {
  try {
    setPriority(Number(readlinkSync('/proc/thread-self').split('/').at(-1)), constants.priority.PRIORITY_LOW)
  } catch {
    // Elsewhere threads have none of their own, and all stay equal.
  }
}

if (!isMainThread && port !== null)
  port.on('message', ({ value }: { value: ReadTask }) => {
    let result: ReadResult
    try {
      result = perform(value)
    } catch (error) {
      result = {
        task: value.task,
        kind: 'failed',
        message: error instanceof Error ? error.message : String(error),
      }
    }
    port.postMessage(result, result.kind === 'frame' ? [result.bytes.buffer] : [])
  })
