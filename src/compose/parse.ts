import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { isAlias, isMap, isScalar, isSeq, parseAllDocuments, type ParsedNode } from 'yaml'
import { interpolate, type Variables } from './interpolate.ts'
import { checkDepth, unreadable } from './limits.ts'
import type { Entry, Mapping, Node } from './node.ts'
import type { SourceFile, Span } from './source-file.ts'

/** How many nodes a file may come to once every alias stands for what it names. */
const mostNodes = 2_000_000
const large = 512 * 1024

type Reading = {
  readonly source: SourceFile
  readonly variables: Variables | undefined
  readonly anchors: Map<string, Node>
  /** How many nodes stand below one, aliases counted in full. */
  readonly sizes: WeakMap<Node, number>
  readonly sharedAnchors: ReadonlySet<string>
}

/** Reads a YAML file: one node for each of its documents that says something, variables put in where there are any. */
export function parseSource(source: SourceFile, variables?: Variables): readonly Node[] {
  checkDepth(source.name, source.text)
  if (source.text.length > large) keepHeapSmall()
  const documents = parseAllDocuments(source.text, {
    uniqueKeys: false,
    keepSourceTokens: false,
    prettyErrors: false,
    logLevel: 'error',
  })
  const sharedAnchors = new Set([...source.text.matchAll(/\*([^\s,[\]{}]+)/g)].map(([, name = '']) => name))
  const nodes: Node[] = []
  if (!('length' in documents)) return []
  for (const document of documents) {
    const [problem] = document.errors
    if (problem !== undefined) throw invalid(source, problem.pos[0], problem.message)
    const reading = { source, variables, anchors: new Map(), sizes: new WeakMap(), sharedAnchors }
    if (document.contents === null) continue
    nodes.push(convert(document.contents, reading, false))
  }
  if (source.text.length > large) collectGarbage?.()
  return nodes
}

let collectGarbage: (() => void) | undefined

/**
 * The reader makes many objects that live for a moment, and V8 by itself would rather take memory than collect
 * them: for 10,000 services four times of what is needed.
 */
function keepHeapSmall(): void {
  setFlagsFromString('--semi-space-growth-factor=1')
  setFlagsFromString('--expose-gc')
  const found: unknown = runInNewContext('globalThis.gc')
  if (typeof found === 'function') collectGarbage = () => void found()
}

function convert(node: ParsedNode, reading: Reading, shared: boolean): Node {
  if (isAlias(node)) {
    const named = reading.anchors.get(node.source)
    if (named === undefined)
      throw invalid(reading.source, node.range[0], `there is no anchor "${node.source}" before this alias`)
    return named
  }
  const isShared = shared || (node.anchor !== undefined && reading.sharedAnchors.has(node.anchor))
  const converted = convertOwn(node, reading, isShared)
  if (node.anchor !== undefined) reading.anchors.set(node.anchor, converted)
  return converted
}

function convertOwn(node: ParsedNode, reading: Reading, shared: boolean): Node {
  const span = spanOf(node, reading.source)
  const tag = tagOf(node.tag)
  const common = { span, shared, ...(tag === undefined ? {} : { tag }) }
  if (isMap(node)) {
    const entries = new Map<string, Entry>()
    const merged: Node[] = []
    let size = 1
    for (const { key, value } of node.items) {
      const name = isScalar(key) ? String(key.value) : ''
      const keySpan = key === null ? span : spanOf(key, reading.source)
      const child = value === null ? nothing(keySpan, shared) : convert(value, reading, shared)
      size += reading.sizes.get(child) ?? 1
      if (name === '<<') merged.push(...(child.kind === 'list' ? child.items : [child]))
      else if (entries.has(name))
        throw invalid(reading.source, keySpan.start, `the key "${name}" is there twice`)
      else entries.set(name, { key: name, keySpan, value: child })
    }
    const result: Mapping = {
      ...common,
      kind: 'map',
      entries: withMerged(entries, merged),
      flow: node.flow === true,
    }
    return sized(result, size, reading)
  }
  if (isSeq(node)) {
    const items = node.items.map((item) => convert(item, reading, shared))
    const size = items.reduce((sum, item) => sum + (reading.sizes.get(item) ?? 1), 1)
    return sized({ ...common, kind: 'list', items, flow: node.flow === true }, size, reading)
  }
  if (!isScalar(node)) return nothing(span, shared)
  const { value } = node
  if (typeof value === 'string') {
    const { variables } = reading
    const { text, unset } =
      variables === undefined ? { text: value, unset: [] } : interpolate(value, variables)
    const interpolated = /\$[a-zA-Z_{]/.test(value.replaceAll('$$', ''))
    return { ...common, kind: 'scalar', value: text, unset, interpolated }
  }
  const known = typeof value === 'number' || typeof value === 'boolean' ? value : null
  // Numbers keep their letters: 5.10 is no 5.1 in an image's tag.
  const written = typeof value === 'number' && node.source !== undefined ? node.source : known
  return { ...common, kind: 'scalar', value: written, unset: [], interpolated: false }
}

/** Own keys go before merged ones, and earlier merged ones before later. What came through `<<` is shared. */
function withMerged(entries: Map<string, Entry>, merged: readonly Node[]): ReadonlyMap<string, Entry> {
  for (const node of merged)
    if (node.kind === 'map')
      for (const [key, entry] of node.entries) if (!entries.has(key)) entries.set(key, entry)
  return entries
}

function sized<Kind extends Node>(node: Kind, size: number, reading: Reading): Kind {
  if (size > mostNodes)
    throw unreadable(reading.source.name, `its aliases stand for more than ${mostNodes} values`)
  reading.sizes.set(node, size)
  return node
}

function nothing(span: Span, shared: boolean): Node {
  return {
    kind: 'scalar',
    value: null,
    unset: [],
    interpolated: false,
    shared,
    span: { ...span, start: span.end },
  }
}

function spanOf({ range }: ParsedNode, source: SourceFile): Span {
  return { source, start: range[0], end: range[1] }
}

function tagOf(tag: string | undefined): 'reset' | 'override' | undefined {
  if (tag === '!reset') return 'reset'
  return tag === '!override' ? 'override' : undefined
}

function invalid(source: SourceFile, offset: number, message: string): Error {
  const { line, col } = source.lines.linePos(offset)
  const first = message.split('\n')[0] ?? ''
  return unreadable(`${source.name}:${line}:${col}`, first.replace(/\.$/, ''))
}
