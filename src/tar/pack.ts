/** Pieces at least this large are passed on as they are. */
const large = 16 * 1024
const boxSize = 256 * 1024

export type Packer = {
  /** A small piece is copied; a large one must stay unchanged until it was taken. */
  add(piece: Uint8Array): void
  /** What is ready to go, in order; with `all` also what could still be joined by more. */
  take(options?: { readonly all?: boolean }): Uint8Array[]
}

/** Puts small pieces together, so that a hundred thousand headers are not a hundred thousand writes. */
export function packer(): Packer {
  let ready: Uint8Array[] = []
  let box = Buffer.allocUnsafe(boxSize)
  let filled = 0

  function close(): void {
    if (filled > 0) {
      ready.push(box.subarray(0, filled))
      box = Buffer.allocUnsafe(boxSize)
      filled = 0
    }
  }

  return {
    add(piece) {
      if (piece.length > boxSize - filled || piece.length >= large) {
        close()
      }
      if (piece.length >= large) {
        ready.push(piece)
      } else {
        box.set(piece, filled)
        filled += piece.length
      }
    },
    take({ all = false } = {}) {
      if (all) {
        close()
      }
      const taken = ready
      ready = []
      return taken
    },
  }
}
