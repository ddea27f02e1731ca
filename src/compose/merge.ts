/** How Compose puts files over each other (compose-spec, merge). */
import { mountTarget } from './mount-text.ts'
import { entriesOf, itemsOf, type Entry, type Mapping, type Node } from './node.ts'

/** Lists that a later file replaces rather than extends. */
const replacedLists = new Set(['command', 'entrypoint', 'test', 'profiles'])
/** Lists of `K=V` that are mappings as well. */
const namedLists = new Set(['environment', 'labels', 'annotations', 'args', 'driver_opts'])

/** What `base` is once `over` was put on it; `key` is where in a file both stand. */
export function mergeNodes(base: Node | undefined, over: Node, key = ''): Node | undefined {
  if (over.tag === 'reset') return undefined
  if (base === undefined || over.tag === 'override') return withoutTags(over)
  if (namedLists.has(key)) {
    const [one, other] = [asMapping(base), asMapping(over)]
    if (one !== undefined && other !== undefined) return mergeMappings(one, other)
  }
  if (base.kind === 'map' && over.kind === 'map') return mergeMappings(base, over)
  if (base.kind === 'list' && over.kind === 'list' && !replacedLists.has(key)) {
    const items = key === 'volumes' ? mergeMounts(base.items, over.items) : [...base.items, ...over.items]
    return { ...over, items }
  }
  if (over.kind === 'scalar' && over.value === null && base.kind !== 'scalar') return base
  return over
}

function mergeMappings(base: Mapping, over: Mapping): Mapping {
  const entries = new Map(base.entries)
  for (const [key, entry] of over.entries) {
    const before = base.entries.get(key)
    const value = mergeNodes(before?.value, entry.value, key)
    if (value === undefined) entries.delete(key)
    // A service is where it was first described; a value is where it was last.
    else entries.set(key, { key, keySpan: before?.keySpan ?? entry.keySpan, value })
  }
  return { ...base, entries }
}

/** A later mount at the same path takes the place of the earlier one. */
function mergeMounts(base: readonly Node[], over: readonly Node[]): readonly Node[] {
  const replaced = new Set(over.map(mountTarget))
  return [...base.filter((mount) => !replaced.has(mountTarget(mount))), ...over]
}

/** `!reset` inside of something that nothing is merged into removes it there, too. */
function withoutTags(node: Node): Node {
  if (node.kind !== 'map' || ![...node.entries.values()].some(({ value }) => value.tag === 'reset'))
    return node
  const kept = [...node.entries].filter(([, { value }]) => value.tag !== 'reset')
  return { ...node, entries: new Map(kept) }
}

/** `[A=1, B]` and `{A: 1, B: null}` mean the same; a value has the place of its item. */
export function asMapping(node: Node | undefined): Mapping | undefined {
  if (node === undefined || node.kind === 'map') return node
  if (node.kind === 'scalar') return undefined
  const entries = new Map<string, Entry>()
  for (const item of itemsOf(node)) {
    if (item.kind !== 'scalar') continue
    const [, key = '', equals = '', value = ''] = /^([^=]*)(=?)(.*)$/s.exec(String(item.value ?? '')) ?? []
    entries.set(key, {
      key,
      keySpan: item.span,
      value: { ...item, value: equals === '' ? null : value },
    })
  }
  return { kind: 'map', entries, flow: false, span: node.span, shared: node.shared }
}

/** Marks everything below as used by others than the one who wrote it. */
export function asShared(node: Node): Node {
  if (node.shared) return node
  if (node.kind === 'scalar') return { ...node, shared: true }
  if (node.kind === 'list') return { ...node, shared: true, items: node.items.map(asShared) }
  const entries = entriesOf(node).map((entry): [string, Entry] => [
    entry.key,
    { ...entry, value: asShared(entry.value) },
  ])
  return { ...node, shared: true, entries: new Map(entries) }
}
