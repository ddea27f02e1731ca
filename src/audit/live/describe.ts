/** Describes what runs on an engine as a Compose project, for rules and reports that speak of those. */
import { stringify } from 'yaml'
import type { InspectedContainer, InspectedMount } from '../../docker/inspection.ts'
import type { Volume } from '../../facts.ts'
import { buildProject } from '../model/build.ts'
import type { Project } from '../model/project.ts'
import { memoryFiles } from '../../compose/files.ts'
import { entriesOf, type Entry, type Mapping } from '../../compose/node.ts'
import { parseSource } from '../../compose/parse.ts'
import { sourceFile, type SourceFile } from '../../compose/source-file.ts'

/**
 * Every container as a service under its own name and every volume as a declaration. Each is a file of its own, which
 * lies nowhere: `container shop-db-1`. Of the variables only paths are told; the others may be secrets.
 */
export async function describeEngine(
  containers: readonly InspectedContainer[],
  volumes: readonly Volume[],
): Promise<Project> {
  const services = containers.map((container) => described('container', container.name, asService(container)))
  const declared = volumes.map((volume) => described('volume', volume.name, asDeclaration(volume)))
  const root = mapping(emptySource, [
    entry('services', services.flatMap(entriesOfFile)),
    entry('volumes', declared.flatMap(entriesOfFile)),
  ])
  return await buildProject({
    root,
    sources: [...services, ...declared],
    incomplete: false,
    name: '',
    nameFrom: 'flag',
    directory: '/',
    files: memoryFiles({}),
    home: undefined,
    environments: new Map(),
  })
}

function described(kind: string, name: string, content: unknown): SourceFile {
  const text = stringify({ [name]: content }, { lineWidth: 0, aliasDuplicateObjects: false })
  return sourceFile({ path: `/${kind} ${name}`, name: `${kind} ${name}`, text, baseDirectory: '/' })
}

function entriesOfFile(source: SourceFile): readonly Entry[] {
  return parseSource(source).flatMap((node) => entriesOf(node))
}

const emptySource = sourceFile({ path: '/engine', name: 'engine', text: '', baseDirectory: '/' })
const nowhere = { source: emptySource, start: 0, end: 0 }

function entry(key: string, entries: readonly Entry[]): Entry {
  return { key, keySpan: nowhere, value: mapping(emptySource, entries) }
}

function mapping(source: SourceFile, entries: readonly Entry[]): Mapping {
  return {
    kind: 'map',
    entries: new Map(entries.map((each) => [each.key, each])),
    flow: false,
    shared: false,
    span: { source, start: 0, end: 0 },
  }
}

function asService(container: InspectedContainer): Readonly<Record<string, unknown>> {
  const { image, environment, stopTimeout, allMounts, command } = container
  const paths = Object.entries(environment).filter(
    ([name, value]) => value.startsWith('/') && !value.includes(':') && name !== 'PATH',
  )
  const mounts = allMounts.filter(({ type }) => type !== 'tmpfs').map(asMount)
  const tmpfs = allMounts
    .filter(({ type }) => type === 'tmpfs')
    .map(({ destination, mode }) => (mode === '' ? destination : `${destination}:${mode}`))
  return {
    image,
    ...(command.length === 0 || tells(command) ? {} : { command }),
    ...(paths.length === 0 ? {} : { environment: Object.fromEntries(paths) }),
    ...(mounts.length === 0 ? {} : { volumes: mounts }),
    ...(tmpfs.length === 0 ? {} : { tmpfs }),
    ...(stopTimeout === undefined ? {} : { stop_grace_period: `${stopTimeout}s` }),
  }
}

/** A command line may hold a password. */
function tells(command: readonly string[]): boolean {
  return /pass|secret|token|key/i.test(command.join(' '))
}

function asMount({ type, source, destination, readOnly, mode }: InspectedMount): unknown {
  const options = [
    ...(readOnly ? ['ro'] : []),
    ...mode.split(',').filter((word) => word === 'z' || word === 'Z'),
  ]
  const parts = [...(isAnonymous(source) ? [] : [source]), destination]
  if (type === 'other' || parts.some((part) => part.includes(':')))
    return { type: type === 'other' ? 'npipe' : type, source, target: destination, read_only: readOnly }
  return [...parts, ...(options.length === 0 ? [] : [options.join(',')])].join(':')
}

/** The engine names the volumes that nobody named by 64 hexadecimal digits. */
export function isAnonymous(name: string): boolean {
  return /^[0-9a-f]{64}$/.test(name)
}

function asDeclaration({ driver, options }: Volume): unknown {
  return { driver, ...(Object.keys(options).length === 0 ? {} : { driver_opts: options }) }
}
