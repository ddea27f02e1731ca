/** Ties what Compose made of a project to the places in the files where it is written. */
import { asMapping } from './merge.ts'
import { mountTarget, normalTarget } from './mount-text.ts'
import { entriesOf, entryOf, itemsOf, valueAt, type Entry, type Mapping, type Node } from './node.ts'
import type { Span } from './source-file.ts'

/** `value` is what `docker compose config --format json` printed; `tree` is our own reading of the same files. */
export function align(value: unknown, tree: Mapping): Node {
  return alignNode(value, tree, tree.span, '')
}

function alignNode(value: unknown, tree: Node | undefined, near: Span, key: string): Node {
  const origin = tree?.origin ?? tree
  const span = tree?.span ?? near
  const common = { span, shared: tree?.shared ?? true, ...(origin === undefined ? {} : { origin }) }
  if (Array.isArray(value)) {
    const items = value.map((item: unknown, index) =>
      alignNode(item, counterpart(item, index, tree, key), span, ''),
    )
    const all = key === 'volumes' ? withDropped(items, tree) : items
    return { ...common, kind: 'list', items: all, flow: tree?.kind === 'list' && tree.flow }
  }
  if (typeof value === 'object' && value !== null) {
    const named = tree?.kind === 'list' ? asMapping(tree) : tree
    const entries = new Map<string, Entry>()
    for (const [name, child] of inOrderOf(named, Object.entries(value))) {
      const before = entryOf(named, name)
      const keySpan = before?.keySpan ?? span
      entries.set(name, { key: name, keySpan, value: alignNode(child, before?.value, keySpan, name) })
    }
    return { ...common, kind: 'map', entries, flow: tree?.kind === 'map' && tree.flow }
  }
  const unset = tree?.kind === 'scalar' ? tree.unset : []
  const interpolated = tree?.kind === 'scalar' && tree.interpolated
  // Compose doubles every dollar of what it prints.
  const plain = typeof value === 'string' ? value.replaceAll('$$', '$') : value
  const known = typeof plain === 'number' || typeof plain === 'boolean' || typeof plain === 'string'
  return { ...common, kind: 'scalar', value: known ? plain : null, unset, interpolated }
}

/** Which item of our list is the same as one of Compose's, which may have reordered or dropped some. */
function counterpart(item: unknown, index: number, tree: Node | undefined, key: string): Node | undefined {
  if (tree === undefined) return undefined
  if (tree.kind === 'scalar') return tree
  const items = itemsOf(tree)
  if (key !== 'volumes') return items[index]
  const target = targetOf(item)
  return target === undefined ? items[index] : items.findLast((each) => mountTarget(each) === target)
}

/** Of two mounts at one place Compose keeps the last and says nothing; both are written. */
function withDropped(items: readonly Node[], tree: Node | undefined): readonly Node[] {
  const kept = new Set(items.map(({ origin }) => origin))
  const targets = new Set(items.map(mountTarget))
  const dropped = itemsOf(tree).filter((item) => !kept.has(item) && targets.has(mountTarget(item)))
  if (dropped.length === 0) return items
  return [...items, ...dropped].toSorted((one, other) => one.span.start - other.span.start)
}

/** Compose sorts by name; people read the file from the top. */
function inOrderOf(
  tree: Node | undefined,
  entries: readonly (readonly [string, unknown])[],
): readonly (readonly [string, unknown])[] {
  const order = new Map(entriesOf(tree).map(({ key }, index) => [key, index]))
  const rank = ([key]: readonly [string, unknown]) => order.get(key) ?? order.size
  return entries.toSorted((one, other) => rank(one) - rank(other))
}

function targetOf(item: unknown): string | undefined {
  if (typeof item !== 'object' || item === null || !('target' in item)) return undefined
  return typeof item.target === 'string' ? normalTarget(item.target) : undefined
}

/** What stands in the file where Compose's reading has this node. */
export function writtenAs(node: Node): Node {
  return node.origin ?? node
}

/** A value of a mount in either syntax, as it was written. */
export function writtenPart(node: Node, key: string): Node | undefined {
  return valueAt(writtenAs(node), key)
}
