/**
 * A thread that reads blocks from a pipe in turn with its siblings, and compresses the frames that the main
 * thread tells it. It never returns to an event loop: waiting is done in shared memory.
 */
import { readSync } from 'node:fs'
import { isMainThread, parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads'
import { compressFrame, frameSize, type CodecName } from './codec.ts'
import { blockBytes, word, type SharedBlocks } from './shared-blocks.ts'

/** A stretch of a block, or a few bytes that are in none. */
export type Piece =
  | { readonly block: number; readonly from: number; readonly to: number }
  | { readonly bytes: Uint8Array }
/** What the main thread asks for after it has looked at a block: frames, each put together from pieces. */
export type Job = { readonly frames: readonly (readonly Piece[])[] }
export type WorkerInput = {
  readonly descriptor: number
  readonly shared: SharedBlocks
  readonly codec: CodecName
}
export type WorkerOutput =
  | { readonly kind: 'ready' }
  | {
      readonly kind: 'block'
      readonly sequence: number
      readonly block: number
      readonly length: number
      readonly last: boolean
    }
  | {
      readonly kind: 'frames'
      readonly sequence: number
      readonly frames: readonly Uint8Array<ArrayBuffer>[]
    }
  | { readonly kind: 'ended' }

function run(port: NonNullable<typeof parentPort>, bellBuffer: SharedArrayBuffer): void {
  const bell = new Int32Array(bellBuffer)
  port.postMessage({ kind: 'ready' } satisfies WorkerOutput)
  for (;;) {
    const input = nextMessage(port, bell)
    if (!('descriptor' in input)) return
    readAndCompress(port, bell, input)
    port.postMessage({ kind: 'ended' } satisfies WorkerOutput)
  }
}

/** Waits for the bell, which rings once a message, and takes the message. */
function nextMessage(port: NonNullable<typeof parentPort>, bell: Int32Array): WorkerInput | Job {
  for (;;) {
    const rung = Atomics.load(bell, 0)
    const received: { readonly message: { readonly value: WorkerInput | Job } } | undefined =
      receiveMessageOnPort(port)
    if (received !== undefined) return received.message.value
    Atomics.wait(bell, 0, rung)
  }
}

function readAndCompress(port: NonNullable<typeof parentPort>, bell: Int32Array, input: WorkerInput): void {
  const { shared } = input
  const control = new Int32Array(shared.control)
  const joined = new Uint8Array(frameSize)
  const aborted = () => Atomics.load(control, word.aborted) === 1
  while (!aborted()) {
    takeTurn(control)
    const block =
      Atomics.load(control, word.ended) === 1 || aborted() ? undefined : takeBlock(control, shared.blocks)
    if (block === undefined) {
      passTurn(control)
      return
    }
    const target = blockBytes(shared, block)
    let length = 0
    let sequence = 0
    try {
      length = fill(input.descriptor, target, aborted)
    } finally {
      if (length < target.length) Atomics.store(control, word.ended, 1)
      sequence = Atomics.add(control, word.sequence, 1)
      passTurn(control)
    }
    if (aborted()) return
    const last = length < target.length
    port.postMessage({ kind: 'block', sequence, block, length, last } satisfies WorkerOutput)
    const job = nextMessage(port, bell)
    if (!('frames' in job)) return
    const frames = job.frames.map((pieces) => compressFrame(input.codec, contiguous(shared, pieces, joined)))
    port.postMessage(
      { kind: 'frames', sequence, frames } satisfies WorkerOutput,
      frames.map((frame) => frame.buffer),
    )
  }
}

function takeTurn(control: Int32Array): void {
  while (Atomics.compareExchange(control, word.turn, 0, 1) !== 0) Atomics.wait(control, word.turn, 1, 1000)
}

function passTurn(control: Int32Array): void {
  Atomics.store(control, word.turn, 0)
  Atomics.notify(control, word.turn, 1)
}

function takeBlock(control: Int32Array, blocks: number): number | undefined {
  for (;;) {
    const released = Atomics.load(control, word.released)
    if (Atomics.load(control, word.aborted) === 1) return undefined
    for (let block = 0; block < blocks; block++)
      if (Atomics.compareExchange(control, word.used + block, 0, 1) === 0) return block
    Atomics.wait(control, word.released, released)
  }
}

/** Reads until the block is full, the pipe ends or nobody wants it any more; returns how much there was. */
function fill(descriptor: number, target: Uint8Array, aborted: () => boolean): number {
  let length = 0
  while (length < target.length && !aborted()) {
    const read = readSync(descriptor, target, length, target.length - length, null)
    if (read === 0) break
    length += read
  }
  return length
}

function contiguous(shared: SharedBlocks, pieces: readonly Piece[], joined: Uint8Array): Uint8Array {
  const [only] = pieces
  if (pieces.length === 1 && only !== undefined && 'block' in only)
    return blockBytes(shared, only.block).subarray(only.from, only.to)
  let length = 0
  for (const piece of pieces) {
    const bytes =
      'bytes' in piece ? piece.bytes : blockBytes(shared, piece.block).subarray(piece.from, piece.to)
    joined.set(bytes, length)
    length += bytes.length
  }
  return joined.subarray(0, length)
}

if (!isMainThread && parentPort !== null) {
  const { bell }: { readonly bell: SharedArrayBuffer } = workerData
  run(parentPort, bell)
}
