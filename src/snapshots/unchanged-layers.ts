import type { Walk, WalkEntry } from '../volumes/walk.ts'
import type { LayerPlan } from './layers.ts'
import { pathLister, type PathList } from './path-list.ts'

/** What was copied while the volume was in use. */
export type Earlier = {
  readonly walk: Walk
  /** What each layer that was written holds. */
  readonly layers: readonly PathList[]
  /** Nanoseconds since 1970 by the volume's own clock: all that was written before this was on disk when the copy began. */
  readonly settled: bigint
}

/** For each layer of a plan, the earlier layer that is the same; undefined where it has to be copied again. */
export type Reuse = readonly (number | undefined)[]

/**
 * Says which layers of a plan were copied before and are still the same. A file is, when it was last changed before
 * everything was brought to disk and the copy began: after that the kernel has to move its time of change, which no
 * program can set back, for any write, also one through mapped memory.
 */
export function unchangedLayers(walk: Walk, plan: LayerPlan, earlier: Earlier): Reuse {
  const known = new Map(earlier.layers.map(({ digest }, index) => [digest, index]))
  let last = -1
  return layersOf(plan).map(({ from, to }) => {
    const paths = pathLister()
    for (let at = from; at < to; at++) {
      const entry = walk.entry(plan.order[at] ?? 0)
      if (!isUnchanged(entry, earlier)) return undefined
      paths.add(entry.path)
    }
    const index = known.get(paths.finish().digest)
    // Layers keep their order, in which both file tables are read beside each other.
    if (index === undefined || index <= last) return undefined
    last = index
    return index
  })
}

/** The plan without the layers that are there. */
export function withoutLayers(walk: Walk, plan: LayerPlan, reuse: Reuse): LayerPlan {
  const places: number[] = []
  let bytes = 0
  for (const [index, { from, to }] of layersOf(plan).entries()) {
    if (reuse[index] !== undefined) continue
    for (let at = from; at < to; at++) {
      places.push(at)
      const { type, size, links } = walk.entry(plan.order[at] ?? 0)
      if (type === 'f') bytes += size / links
    }
  }
  return {
    order: Uint32Array.from(places, (at) => plan.order[at] ?? 0),
    layerOf: Uint32Array.from(places, (at) => plan.layerOf[at] ?? 0),
    sockets: [],
    bytes: Math.round(bytes),
  }
}

function isUnchanged(now: WalkEntry, { walk, settled }: Earlier): boolean {
  if (now.changed >= settled) return false
  const index = walk.find(now.path)
  if (index === undefined) return false
  const before = walk.entry(index)
  return (
    before.inode === now.inode &&
    before.device === now.device &&
    before.changed === now.changed &&
    before.modified === now.modified &&
    before.size === now.size &&
    before.links === now.links &&
    before.type === now.type
  )
}

/** Where each layer of a plan begins and ends in its order. */
function layersOf({ layerOf }: LayerPlan): readonly { readonly from: number; readonly to: number }[] {
  const layers: { from: number; to: number }[] = []
  for (let at = 0; at < layerOf.length; at++) {
    const last = layers.at(-1)
    if (last !== undefined && layerOf[at] === layerOf[at - 1]) last.to = at + 1
    else layers.push({ from: at, to: at + 1 })
  }
  return layers
}
