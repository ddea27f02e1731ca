import { longestHeader } from '../tar/parse.ts'
import { frameSize, type CodecName } from './codec.ts'
import type { WorkerOutput } from './compress-worker.ts'
import { blocksOf, framePlanner, type Look, type PlannedFrame } from './frame-plan.ts'
import { abortBlocks, blockBytes, releaseBlock, sharedBlocks, type SharedBlocks } from './shared-blocks.ts'
import { startThread, threadCount, type WorkerThread } from './worker-thread.ts'

export type CompressedFrame = { readonly layer: number; readonly bytes: Uint8Array; readonly raw: number }

export type CompressInput = {
  /** The pipe to read from, to its end. Whoever aborts must also make the pipe end. */
  readonly descriptor: number
  readonly codec: CodecName
  /** Looks at each block in order and says which stretches belong to which layer. */
  look(block: Uint8Array): Look
  /** Takes each frame in order; while it waits, little more is read. The bytes are the taker's. */
  frame(frame: CompressedFrame): void | Promise<void>
  readonly signal: AbortSignal
}

export type Compressor = {
  /** Reads the pipe to its end. Fails with whatever `look`, `frame`, a thread or the signal threw first. */
  run(input: CompressInput): Promise<void>
  close(): Promise<void>
}

/** Starts the threads, so that they are warm when the pipe is. */
export function startCompressor(): Compressor {
  const threads = Array.from({ length: threadCount() }, () => startThread('compress-worker'))
  return {
    run: (input) => compress(threads, input),
    async close() {
      await Promise.all(threads.map(({ worker }) => worker.terminate()))
    },
  }
}

function compress(threads: readonly WorkerThread[], input: CompressInput): Promise<void> {
  // Each thread holds a block while it works, two more let the next ones be read meanwhile, and a header, which must
  // be whole before it is known where its bytes belong, may take all the others.
  const shared = sharedBlocks(threads.length + 2 + longestHeader / frameSize, frameSize)
  return new Promise((resolve, reject) => {
    const assembly = frameAssembly(shared, input, settled)
    let running = threads.length
    const listeners = threads.map((thread) => ({
      message: (output: WorkerOutput) => {
        try {
          if (output.kind === 'block') assembly.block(thread, output)
          if (output.kind === 'frames') assembly.frames(output)
          if (output.kind === 'ended') running -= 1
          settled(undefined)
        } catch (error) {
          end(error)
        }
      },
      error: (error: unknown) => end(error),
    }))
    const interrupted = () => end(input.signal.reason)

    /** Called whenever something came to its end, and with what went wrong. */
    function settled(error: unknown): void {
      if (error !== undefined) end(error)
      else if (running === 0 && assembly.outstanding() === 0) end(undefined)
    }

    function end(error: unknown): void {
      for (const [index, { worker }] of threads.entries()) {
        const listener = listeners[index]
        if (listener !== undefined)
          // Its errors are still heard, though nobody minds them any more: unheard, they would end the process.
          worker.off('message', listener.message).unref()
      }
      input.signal.removeEventListener('abort', interrupted)
      if (error === undefined) return resolve()
      abortBlocks(shared)
      reject(error)
    }

    if (input.signal.aborted) return end(input.signal.reason)
    input.signal.addEventListener('abort', interrupted)
    for (const [index, thread] of threads.entries()) {
      const listener = listeners[index]
      if (listener === undefined) continue
      thread.worker.on('message', listener.message).on('error', listener.error).ref()
      thread.send({ descriptor: input.descriptor, codec: input.codec, shared })
    }
  })
}

/** How many frames may wait for a slow taker before no more are made. */
const mostOutstanding = 8

type BlockRead = Extract<WorkerOutput, { kind: 'block' }>
type FramesMade = Extract<WorkerOutput, { kind: 'frames' }>

/** Puts what the threads report back into the order of the stream. */
function frameAssembly(shared: SharedBlocks, input: CompressInput, settled: (error: unknown) => void) {
  const planner = framePlanner()
  const blocksRead = new Map<number, BlockRead & { thread: WorkerThread }>()
  const framesMade = new Map<number, FramesMade>()
  const planned = new Map<number, readonly PlannedFrame[]>()
  const uses = new Map<number, number>()
  let nextBlock = 0
  let nextFrames = 0
  let outstanding = 0

  function retain(blocks: readonly number[]): void {
    for (const block of blocks) uses.set(block, (uses.get(block) ?? 0) + 1)
  }
  function release(blocks: readonly number[]): void {
    for (const block of blocks) {
      const left = (uses.get(block) ?? 0) - 1
      uses.set(block, left)
      if (left === 0) releaseBlock(shared, block)
    }
  }

  /** Looks at a block that is next in order, and gives its thread the frames that end in it. */
  function plan({ thread, block, length, last, sequence }: BlockRead & { thread: WorkerThread }): void {
    retain([block])
    const open = planner.openBlocks()
    const frames = planner.add(block, length, input.look(blockBytes(shared, block, length)))
    if (last) frames.push(...planner.finish())
    for (const { pieces } of frames) retain(blocksOf(pieces))
    retain(planner.openBlocks())
    release(open)
    release([block])
    planned.set(sequence, frames)
    thread.send({ frames: frames.map(({ pieces }) => pieces) })
  }

  function deliver({ sequence, frames }: FramesMade): void {
    for (const [index, { layer, raw }] of (planned.get(sequence) ?? []).entries()) {
      const bytes = frames[index]
      const taken = bytes === undefined ? undefined : input.frame({ layer, raw, bytes })
      if (taken === undefined) continue
      outstanding += 1
      taken.then(() => {
        outstanding -= 1
        planNext()
        settled(undefined)
      }, settled)
    }
    planned.delete(sequence)
  }

  function planNext(): void {
    while (outstanding < mostOutstanding) {
      const next = blocksRead.get(nextBlock)
      if (next === undefined) return
      blocksRead.delete(nextBlock)
      nextBlock += 1
      plan(next)
    }
  }

  return {
    block(thread: WorkerThread, read: BlockRead): void {
      blocksRead.set(read.sequence, { ...read, thread })
      planNext()
    },
    outstanding: () => outstanding,
    frames(made: FramesMade): void {
      for (const { pieces } of planned.get(made.sequence) ?? []) release(blocksOf(pieces))
      framesMade.set(made.sequence, made)
      for (let next = framesMade.get(nextFrames); next !== undefined; next = framesMade.get(nextFrames)) {
        framesMade.delete(nextFrames)
        nextFrames += 1
        deliver(next)
      }
    },
  }
}
