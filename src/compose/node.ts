/** What a Compose file says, with places: the common shape of our own reading and of Compose's. */
import type { Span } from './source-file.ts'

type Common = {
  readonly span: Span
  /** Written once and used by several through an anchor, a merge key or `extends`: never to be edited for one. */
  readonly shared: boolean
  /** `!reset` and `!override` say how a file changes the one before it. */
  readonly tag?: 'reset' | 'override'
  /** What stands in the file, when this node is Compose's reading of it. */
  readonly origin?: Node
}

export type Scalar = Common & {
  readonly kind: 'scalar'
  readonly value: string | number | boolean | null
  /** Variables in it that are set nowhere and have no default: the value is not known. */
  readonly unset: readonly string[]
  /** Whether the value contains a variable at all. */
  readonly interpolated: boolean
}

export type Entry = { readonly key: string; readonly keySpan: Span; readonly value: Node }

export type Mapping = Common & {
  readonly kind: 'map'
  readonly entries: ReadonlyMap<string, Entry>
  readonly flow: boolean
}

export type List = Common & { readonly kind: 'list'; readonly items: readonly Node[]; readonly flow: boolean }

export type Node = Scalar | Mapping | List

/** What a mapping holds under a key; undefined for anything that is no mapping. */
export function entryOf(node: Node | undefined, key: string): Entry | undefined {
  return node?.kind === 'map' ? node.entries.get(key) : undefined
}

/** The same by a path of keys. */
export function valueAt(node: Node | undefined, ...path: readonly string[]): Node | undefined {
  let at = node
  for (const key of path) at = entryOf(at, key)?.value
  return at
}

export function entriesOf(node: Node | undefined): readonly Entry[] {
  return node?.kind === 'map' ? [...node.entries.values()] : []
}

export function itemsOf(node: Node | undefined): readonly Node[] {
  return node?.kind === 'list' ? node.items : []
}

/** The text of a scalar whose value is known. */
export function textOf(node: Node | undefined): string | undefined {
  if (node?.kind !== 'scalar' || node.value === null || node.unset.length > 0) return undefined
  return String(node.value)
}

/** Compose takes `true` and "true" alike. */
export function isTrue(node: Node | undefined): boolean {
  return textOf(node) === 'true'
}

/** A scalar, or a list of them, as text; what is not known is left out. */
export function textsOf(node: Node | undefined): readonly string[] {
  if (node?.kind === 'list') return node.items.flatMap((item) => textOf(item) ?? [])
  const text = textOf(node)
  return text === undefined ? [] : [text]
}
