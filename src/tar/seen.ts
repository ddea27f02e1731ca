import { randomInt } from 'node:crypto'

/** What lies at a path: nothing yet but a place that later paths go through, or an entry. */
export type SeenKind = 'implied' | 'directory' | 'file' | 'other'

/**
 * The paths of an archive, as a tree of components in flat buffers: about 20 bytes and the component's own length an
 * entry, so that a million entries fit in some tens of MiB. Comparisons are exact, not by hash.
 */
export type SeenPaths = {
  readonly root: number
  /** The node of a component below a node, or undefined. */
  find(parent: number, component: string): number | undefined
  /** Adds a component that is not there yet. */
  add(parent: number, component: string, kind: SeenKind): number
  kind(node: number): SeenKind
  setKind(node: number, kind: SeenKind): void
}

const kinds: readonly SeenKind[] = ['implied', 'directory', 'file', 'other']

export function seenPaths(): SeenPaths {
  const seed = randomInt(2 ** 31)
  let capacity = 1024
  let count = 1
  let parents = new Uint32Array(capacity)
  let places = new Uint32Array(capacity)
  let kindOf = new Uint8Array(capacity)
  let names = Buffer.alloc(32 * capacity)
  let used = 0
  /** Open addressing, at most half full: node numbers, 0 (the root, which no search looks for) where free. */
  let slots = new Uint32Array(2 * capacity)

  function slotOf(parent: number, component: string): number {
    const mask = slots.length - 1
    let slot = hash(seed, parent, component) & mask
    for (;;) {
      const node = slots[slot] ?? 0
      if (node === 0 || (parents[node] === parent && nameEquals(node, component))) {
        return slot
      }
      slot = (slot + 1) & mask
    }
  }

  /** A component is kept as its length (components are at most 255 bytes) and its bytes. */
  function nameEquals(node: number, component: string): boolean {
    const place = places[node] ?? 0
    if (names[place] !== component.length) {
      return false
    }
    for (let index = 0; index < component.length; index += 1) {
      if (names[place + 1 + index] !== component.charCodeAt(index)) {
        return false
      }
    }
    return true
  }

  function nameOf(node: number): string {
    const place = places[node] ?? 0
    return names.toString('latin1', place + 1, place + 1 + (names[place] ?? 0))
  }

  function grow(): void {
    capacity *= 2
    parents = copied(parents, new Uint32Array(capacity))
    places = copied(places, new Uint32Array(capacity))
    kindOf = copied(kindOf, new Uint8Array(capacity))
    slots = new Uint32Array(2 * capacity)
    for (let node = 1; node < count; node += 1) {
      slots[slotOf(parents[node] ?? 0, nameOf(node))] = node
    }
  }

  return {
    root: 0,
    find(parent, component) {
      const node = slots[slotOf(parent, component)] ?? 0
      return node === 0 ? undefined : node
    },
    add(parent, component, kind) {
      if (count === capacity) {
        grow()
      }
      if (used + component.length + 1 > names.length) {
        names = copied(names, Buffer.alloc(2 * names.length))
      }
      const node = count
      count += 1
      parents[node] = parent
      places[node] = used
      names[used] = component.length
      used += 1 + names.write(component, used + 1, 'latin1')
      kindOf[node] = kinds.indexOf(kind)
      slots[slotOf(parent, component)] = node
      return node
    },
    kind: (node) => kinds[kindOf[node] ?? 0] ?? 'implied',
    setKind(node, kind) {
      kindOf[node] = kinds.indexOf(kind)
    },
  }
}

function copied<List extends Uint32Array | Uint8Array>(from: List, into: List): List {
  into.set(from)
  return into
}

/** Murmur's mixing; the seed is random so that no archive can be made to fill one run of slots. */
function hash(seed: number, parent: number, component: string): number {
  let value = Math.imul(seed ^ parent, 0x9e3779b1)
  for (let index = 0; index < component.length; index += 1) {
    value = Math.imul((value ^ component.charCodeAt(index)) >>> 0, 0x5bd1e995)
    value ^= value >>> 15
  }
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b)
  return (value ^ (value >>> 13)) >>> 0
}
