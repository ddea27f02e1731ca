import { endsLayer, headers, largeFile, largestLayer, smallestLayer } from './layers.ts'

/** Says into which layer the next file goes; layers are numbered from 0, and never falling. */
export type StreamLayers = {
  /** Paths and sizes in the order of the stream. */
  layerFor(path: string, size: number): number
  /** A layer of its own, after all others. */
  last(): number
}

/**
 * Groups the files of a stream, whose order is not ours to choose, by the rule of `planLayers`: a large file alone,
 * smaller ones together for as long as no large one comes between them, cut where the name of a file says so.
 */
export function streamLayers(): StreamLayers {
  let layer = -1
  let room = 0
  let filled = 0
  return {
    layerFor(path, size) {
      const weight = size + headers
      if (size >= largeFile) {
        layer += 1
        room = 0
        return layer
      }
      if (room < weight || (filled >= smallestLayer && endsLayer(path))) {
        layer += 1
        room = largestLayer
        filled = 0
      }
      room -= weight
      filled += weight
      return layer
    },
    last() {
      layer += 1
      room = 0
      return layer
    },
  }
}
