import path from 'node:path'
import { isElsewhere } from './elsewhere.ts'
import { unreadable, decodeText } from './limits.ts'
import type { Files } from './files.ts'
import { parseEnvironmentFile, type Variables } from './interpolate.ts'
import { asShared, mergeNodes } from './merge.ts'
import { entriesOf, itemsOf, textOf, textsOf, valueAt, type Entry, type Mapping, type Node } from './node.ts'
import { parseSource } from './parse.ts'
import { sourceFile, type SourceFile } from './source-file.ts'

/** A file of a project: where it is, or what came through standard input. */
export type ProjectFile = { readonly path: string; readonly text?: string }

export type ReadRequest = {
  readonly files: Files
  readonly projectFiles: readonly ProjectFile[]
  /** What relative paths of the project's own files are relative to. */
  readonly directory: string
  readonly variables: Variables
  /** How a path is shown. */
  readonly nameOf: (path: string) => string
}

/** What the files of a project say together, by our own reading. */
export type Reading = {
  readonly root: Mapping
  readonly sources: readonly SourceFile[]
  /** What could not be found out. */
  readonly notes: readonly string[]
  /** Whether parts of the project lie elsewhere and were not read. */
  readonly incomplete: boolean
}

const mostFiles = 200

/** Reads the files of a project with all that they include and extend, and puts them over each other. */
export async function readProject(request: ReadRequest): Promise<Reading> {
  const reader = new Reader(request)
  const root = await reader.project(request.projectFiles, request.directory, request.variables, [])
  const { notes, incomplete } = reader
  return { root, sources: [...reader.sources.values()], notes, incomplete }
}

/** Keeps what was read, so that no file is read twice. */
class Reader {
  readonly sources = new Map<string, SourceFile>()
  readonly notes: string[] = []
  incomplete = false
  private readonly trees = new Map<string, Mapping>()
  private readonly request: ReadRequest

  constructor(request: ReadRequest) {
    this.request = request
  }

  async project(
    files: readonly ProjectFile[],
    directory: string,
    variables: Variables,
    within: readonly string[],
  ): Promise<Mapping> {
    let root: Node | undefined
    for (const file of files) {
      if (within.includes(file.path)) throw unreadable(this.request.nameOf(file.path), 'it includes itself')
      const tree = await this.tree(file, directory, variables)
      const included = await this.included(tree, directory, variables, [...within, file.path])
      const own = await this.withExtended(tree, directory, variables)
      const merged = included === undefined ? own : mergeNodes(included, own)
      // It is the project's own file that is written in, not one that it includes.
      const both = merged?.kind === 'map' ? { ...merged, span: own.span, shared: false } : merged
      root = both === undefined ? root : mergeNodes(root, both)
    }
    if (root?.kind !== 'map') throw unreadable(this.request.nameOf(files[0]?.path ?? '-'), 'it is no mapping')
    return root
  }

  /** One file, its documents over each other. */
  private async tree(file: ProjectFile, directory: string, variables: Variables): Promise<Mapping> {
    const { files, nameOf } = this.request
    const known = this.trees.get(`${file.path}\0${directory}`)
    if (known !== undefined) return known
    if (this.sources.size >= mostFiles)
      throw unreadable(nameOf(file.path), `more than ${mostFiles} files belong to the project`)
    const name = nameOf(file.path)
    const bytes = file.text === undefined ? await files.read(file.path) : undefined
    if (bytes === undefined && file.text === undefined) throw unreadable(name, 'there is no such file')
    const text = file.text ?? decodeText(name, bytes ?? new Uint8Array())
    const source = sourceFile({ path: file.path, name, text, baseDirectory: directory })
    this.sources.set(file.path, source)
    let root: Node | undefined
    for (const document of parseSource(source, variables)) root = mergeNodes(root, document)
    if (root?.kind !== 'map') throw unreadable(name, root === undefined ? 'it is empty' : 'it is no mapping')
    this.noteUnset(root, name)
    this.trees.set(`${file.path}\0${directory}`, root)
    return root
  }

  private async included(
    tree: Mapping,
    directory: string,
    variables: Variables,
    within: readonly string[],
  ): Promise<Node | undefined> {
    let result: Node | undefined
    for (const item of itemsOf(valueAt(tree, 'include'))) {
      const long = item.kind === 'map'
      const paths = textsOf(long ? valueAt(item, 'path') : item)
      const [first] = paths
      if (first === undefined) continue
      if (paths.some(isElsewhere)) {
        this.leaveOut(paths.join(', '), 'included')
        continue
      }
      const base = path.dirname(path.resolve(directory, first))
      const chosen = textOf(valueAt(item, 'project_directory'))
      const project = chosen === undefined ? base : path.resolve(directory, chosen)
      const environment = textsOf(valueAt(item, 'env_file')).map((file) => path.resolve(directory, file))
      const own = await this.environment(environment.length > 0 ? environment : [path.join(project, '.env')])
      const inner = await this.project(
        paths.map((each) => ({ path: path.resolve(directory, each) })),
        project,
        new Map([...own, ...variables]),
        within,
      )
      result = mergeNodes(result, inner)
    }
    return result
  }

  private async environment(paths: readonly string[]): Promise<Map<string, string>> {
    const values = new Map<string, string>()
    for (const each of paths) {
      const bytes = await this.request.files.read(each)
      if (bytes === undefined) continue
      for (const [name, value] of parseEnvironmentFile(decodeText(each, bytes))) values.set(name, value)
    }
    return values
  }

  private async withExtended(tree: Mapping, directory: string, variables: Variables): Promise<Mapping> {
    const services = valueAt(tree, 'services')
    if (services?.kind !== 'map') return tree
    if (!entriesOf(services).some(({ value }) => valueAt(value, 'extends') !== undefined)) return tree
    const entries = new Map<string, Entry>()
    for (const entry of entriesOf(services)) {
      const value = await this.extended(tree, entry.key, directory, variables, [])
      entries.set(entry.key, { ...entry, value: value ?? entry.value })
    }
    const all = new Map(tree.entries)
    const before = all.get('services')
    if (before !== undefined) all.set('services', { ...before, value: { ...services, entries } })
    return { ...tree, entries: all }
  }

  /** A service with what it extends below it. */
  private async extended(
    tree: Mapping,
    service: string,
    directory: string,
    variables: Variables,
    within: readonly string[],
  ): Promise<Node | undefined> {
    const own = valueAt(tree, 'services', service)
    const reference = valueAt(own, 'extends')
    if (own === undefined || reference === undefined) return own
    const file = textOf(valueAt(reference, 'file'))
    if (file !== undefined && isElsewhere(file)) {
      this.leaveOut(file, 'extended')
      return own
    }
    const name = textOf(reference) ?? textOf(valueAt(reference, 'service'))
    const target = file === undefined ? undefined : path.resolve(directory, file)
    const step = `${target ?? own.span.source.path}\0${name}`
    if (name === undefined || within.includes(step)) return own
    const baseDirectory = target === undefined ? directory : path.dirname(target)
    const where = target === undefined ? tree : await this.tree({ path: target }, baseDirectory, variables)
    const base = await this.extended(where, name, baseDirectory, variables, [...within, step])
    if (base === undefined) {
      this.notes.push(`${own.span.source.name}: the service "${name}" that ${service} extends was not found.`)
      return own
    }
    return mergeNodes(asShared(base), own)
  }

  private leaveOut(what: string, how: string): void {
    this.incomplete = true
    this.notes.push(
      `${what} is ${how} from elsewhere and was not fetched; nothing is said about what is in it.`,
    )
  }

  private noteUnset(root: Node, name: string): void {
    const unset = [...new Set(unsetIn(valueAt(root, 'services')))]
    if (unset.length === 0) return
    const list =
      unset.length > 5 ? `${unset.slice(0, 5).join(', ')} and ${unset.length - 5} more` : unset.join(', ')
    this.notes.push(`${name}: not set, so nothing is said about values with ${list}.`)
  }
}

function unsetIn(node: Node | undefined, seen = new Set<Node>()): readonly string[] {
  if (node === undefined || seen.has(node)) return []
  seen.add(node)
  if (node.kind === 'scalar') return node.unset
  const children = node.kind === 'list' ? node.items : entriesOf(node).map(({ value }) => value)
  return children.flatMap((child) => unsetIn(child, seen))
}
