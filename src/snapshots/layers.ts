import type { Walk } from '../volumes/walk.ts'

/** Which files go into which layer, and in which order. */
export type LayerPlan = {
  /** Indexes of the walk, in the order in which they are to be archived. */
  readonly order: Uint32Array
  /** The layer of each place in `order`; never falls. */
  readonly layerOf: Uint32Array
  /** Indexes of what no archive can hold. */
  readonly sockets: readonly number[]
  /** Sum of the sizes of the files, each inode once. */
  readonly bytes: number
}

const mebibyte = 1024 * 1024
/** A file of this size has a layer of its own. */
export const largeFile = 32 * mebibyte
/** Smaller files share layers of about this size, */
export const smallestLayer = 16 * mebibyte
/** and never more than this. */
export const largestLayer = 64 * mebibyte
/** What a file takes in a tar besides its data: an extended header, its own header, padding. */
export const headers = 3 * 512

/**
 * Groups files into layers so that a later snapshot of mostly the same files has mostly the same layers: in the
 * order of their paths, cut where the name of a file says so rather than by count. All names of one inode go
 * together, since a hard link can only point into its own layer; directories come last, when nothing is added to
 * them any more, so that their times survive.
 */
export function planLayers(walk: Walk): LayerPlan {
  const order: number[] = []
  const layerOf: number[] = []
  const sockets: number[] = []
  const directories: number[] = []
  const linked = linkedNames(walk)
  let bytes = 0
  let layer = -1
  let room = 0
  let filled = 0

  function place(indexes: readonly number[]): void {
    for (const index of indexes) {
      order.push(index)
      layerOf.push(layer)
    }
  }

  for (let index = 0; index < walk.length; index++) {
    const { type, size, links, device, inode, path } = walk.entry(index)
    if (type === 's') sockets.push(index)
    else if (type === 'd') directories.push(index)
    else {
      const names = links > 1 ? (linked.get(`${device}:${inode}`) ?? [index]) : [index]
      if (names[0] !== index) continue
      const content = type === 'f' ? size : 0
      const weight = content + names.length * headers
      bytes += content
      if (content >= largeFile) {
        layer += 1
        room = 0
      } else if (room < weight || (filled >= smallestLayer && endsLayer(path))) {
        layer += 1
        room = largestLayer
        filled = 0
      }
      place(names)
      room -= weight
      filled += weight
    }
  }
  layer += 1
  place(directories)
  return { order: Uint32Array.from(order), layerOf: Uint32Array.from(layerOf), sockets, bytes }
}

/** The names of each inode that has several, in order. */
function linkedNames(walk: Walk): Map<string, number[]> {
  const names = new Map<string, number[]>()
  for (let index = 0; index < walk.length; index++) {
    const { type, links, device, inode } = walk.entry(index)
    if (links < 2 || type === 'd') continue
    const key = `${device}:${inode}`
    const known = names.get(key)
    if (known === undefined) names.set(key, [index])
    else known.push(index)
  }
  return names
}

/** Whether a layer that is full enough ends before this path: true for one path in eight, always the same ones. */
export function endsLayer(path: string): boolean {
  let hash = 0x811c9dc5
  for (let at = 0; at < path.length; at++) hash = Math.imul(hash ^ path.charCodeAt(at), 0x01000193)
  return (hash >>> 13) % 8 === 0
}
