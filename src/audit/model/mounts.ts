import path from 'node:path'
import { writtenAs } from '../../compose/align.ts'
import { isHostPath, normalTarget, parseMountText } from '../../compose/mount-text.ts'
import { entriesOf, isTrue, itemsOf, textOf, valueAt, type Node } from '../../compose/node.ts'
import type { Mount, MountType } from './project.ts'

type Unseen = Omit<Mount, 'sourceKind'>

/** The mounts of a service: `volumes` in either syntax, and `tmpfs`. */
export function mountsOf(service: Node, directory: string, home: string | undefined): readonly Unseen[] {
  const volumes = itemsOf(valueAt(service, 'volumes')).map((item) =>
    item.kind === 'map' ? longMount(item, directory, home) : shortMount(item, directory, home),
  )
  const listed = valueAt(service, 'tmpfs')
  const tmpfs = (listed?.kind === 'list' ? listed.items : listed === undefined ? [] : [listed]).map(
    tmpfsMount,
  )
  return [...volumes, ...tmpfs].filter((mount) => mount !== undefined)
}

function shortMount(item: Node, directory: string, home: string | undefined): Unseen | undefined {
  if (item.kind !== 'scalar' || typeof item.value !== 'string') return undefined
  const { source, target, options } = parseMountText(item.value)
  const goal = normalTarget(target)
  // Anything else is no path of a container, and Compose refuses it.
  if (goal === undefined || !/^([/\\]|[A-Za-z]:)/.test(goal)) return undefined
  const sourceKnown = item.unset.length === 0
  const bind = source !== undefined && isHostPath(source)
  const base = item.span.source.baseDirectory
  const selinux = options.includes('Z') ? 'Z' : options.includes('z') ? 'z' : undefined
  const resolved = bind && sourceKnown ? hostPath(source, base, home) : source
  return {
    type: bind ? 'bind' : sourceKnown ? 'volume' : 'other',
    source: sourceKnown ? resolved : undefined,
    sourceText: source,
    sourceKnown,
    target: goal,
    readOnly: options.includes('ro'),
    syntax: 'short',
    at: item,
    inProject: bind && resolved !== undefined && isInProject(resolved, source, directory),
    noCopy: options.includes('nocopy'),
    subpath: undefined,
    createHostPath: true,
    selinux,
    options: [],
    tmpfsSize: false,
  }
}

function longMount(item: Node, directory: string, home: string | undefined): Unseen | undefined {
  const target = normalTarget(textOf(valueAt(item, 'target')))
  if (target === undefined) return undefined
  const origin = writtenAs(item)
  const type = typeOf(textOf(valueAt(item, 'type')))
  const sourceNode = valueAt(item, 'source')
  const written = origin.kind === 'scalar' ? parseMountText(String(origin.value ?? '')).source : undefined
  const sourceKnown = !isOpen(sourceNode) && !isOpen(origin)
  const source = textOf(sourceNode)
  const sourceText = written ?? textOf(valueAt(origin, 'source')) ?? source
  const resolved =
    type === 'bind' && source !== undefined ? hostPath(source, item.span.source.baseDirectory, home) : source
  const selinux = textOf(valueAt(item, 'bind', 'selinux'))
  const writtenCreate = valueAt(origin, 'bind', 'create_host_path')
  return {
    type,
    source: sourceKnown ? resolved : undefined,
    sourceText,
    sourceKnown,
    target,
    readOnly: isTrue(valueAt(item, 'read_only')),
    syntax: origin.kind === 'scalar' ? 'short' : 'long',
    at: item,
    inProject:
      type === 'bind' &&
      sourceKnown &&
      resolved !== undefined &&
      isInProject(resolved, sourceText ?? '', directory),
    noCopy: isTrue(valueAt(item, 'volume', 'nocopy')),
    subpath: valueAt(item, 'volume', 'subpath') ?? valueAt(item, 'image', 'subpath'),
    // Compose's own output says this differently from version to version; what is written is what counts.
    createHostPath: textOf(writtenCreate) !== 'false',
    selinux: selinux === 'z' || selinux === 'Z' ? selinux : undefined,
    options: entriesOf(origin)
      .map(({ key }) => key)
      .filter((key) => ['bind', 'volume', 'tmpfs', 'image'].includes(key)),
    tmpfsSize: valueAt(item, 'tmpfs', 'size') !== undefined,
  }
}

function tmpfsMount(item: Node): Unseen | undefined {
  const text = textOf(item)
  if (text === undefined) return undefined
  const { source, target } = parseMountText(text)
  const [where, options] = source === undefined ? [target, ''] : [source, target]
  return {
    type: 'tmpfs',
    source: undefined,
    sourceText: undefined,
    sourceKnown: true,
    target: normalTarget(where) ?? where,
    readOnly: /(^|,)ro(,|$)/.test(options),
    syntax: 'tmpfs',
    at: item,
    inProject: false,
    noCopy: false,
    subpath: undefined,
    createHostPath: false,
    selinux: undefined,
    options: [],
    tmpfsSize: /(^|,)size=/.test(options),
  }
}

function isOpen(node: Node | undefined): boolean {
  return node?.kind === 'scalar' && node.unset.length > 0
}

function typeOf(type: string | undefined): MountType {
  if (type === 'volume' || type === 'bind' || type === 'tmpfs') return type
  return 'other'
}

function hostPath(source: string, directory: string, home: string | undefined): string {
  if (/^[A-Za-z]:[\\/]|^\\\\/.test(source)) return source
  if (source === '~' || source.startsWith('~/')) return path.join(home ?? '/root', source.slice(1))
  return path.resolve(directory, source)
}

/** What is given relative to the project belongs to it, wherever the checkout is. */
function isInProject(resolved: string, written: string, directory: string): boolean {
  return /^\.\.?(\/|$)/.test(written) || resolved === directory || resolved.startsWith(`${directory}/`)
}
