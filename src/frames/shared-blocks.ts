/**
 * The memory that the reading threads and the main thread share: blocks of data, whose turn it is to read, and
 * which blocks are free. Reading in turns and compressing side by side, without a copy through the event loop, is
 * what came within 1.15 times of `tar | zstd -T0` (docs/decisions/0003).
 */
export type SharedBlocks = {
  readonly blockSize: number
  readonly blocks: number
  readonly data: SharedArrayBuffer
  readonly control: SharedArrayBuffer
}

/** Places in the control words. */
export const word = {
  /** 1 while a thread reads from the pipe. */
  turn: 0,
  /** The number of the next block. */
  sequence: 1,
  /** 1 once the pipe has ended. */
  ended: 2,
  /** 1 when everybody should stop. */
  aborted: 3,
  /** Counts blocks that were given back, for those who wait for one. */
  released: 4,
  /** From here: 1 for each block in use. */
  used: 8,
} as const

export function sharedBlocks(blocks: number, blockSize: number): SharedBlocks {
  return {
    blocks,
    blockSize,
    data: new SharedArrayBuffer(blocks * blockSize),
    control: new SharedArrayBuffer((word.used + blocks) * 4),
  }
}

/** Where block `index` lies in the shared memory. */
export function blockBytes(shared: SharedBlocks, index: number, length = shared.blockSize): Uint8Array {
  return new Uint8Array(shared.data, index * shared.blockSize, length)
}

/** Gives a block back to the readers. */
export function releaseBlock(shared: SharedBlocks, index: number): void {
  const control = new Int32Array(shared.control)
  Atomics.store(control, word.used + index, 0)
  Atomics.add(control, word.released, 1)
  Atomics.notify(control, word.released)
}

/** Makes every thread that waits wake up and end. */
export function abortBlocks(shared: SharedBlocks): void {
  const control = new Int32Array(shared.control)
  Atomics.store(control, word.aborted, 1)
  Atomics.add(control, word.released, 1)
  Atomics.notify(control, word.released)
  Atomics.notify(control, word.turn)
}
