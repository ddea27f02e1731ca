import { applicationOf } from '../knowledge/applications.ts'
import { databaseOf } from '../knowledge/databases.ts'
import { movesItsData, runsItsServer } from '../knowledge/what-runs.ts'
import { isElsewhere } from '../../compose/elsewhere.ts'
import type { Files } from '../../compose/files.ts'
import { asMapping } from '../../compose/merge.ts'
import {
  entriesOf,
  isTrue,
  itemsOf,
  textOf,
  textsOf,
  valueAt,
  type Entry,
  type Mapping,
  type Node,
} from '../../compose/node.ts'
import type { SourceFile } from '../../compose/source-file.ts'
import { secondsOf } from './duration.ts'
import { parseImageReference } from './image-reference.ts'
import { mountsOf } from './mounts.ts'
import { isWithin, type DeclaredVolume, type Mount, type Project, type Service } from './project.ts'

export type BuildRequest = {
  /** Our own reading, or Compose's with places. */
  readonly root: Mapping
  readonly sources: readonly SourceFile[]
  readonly incomplete: boolean
  readonly name: string
  readonly nameFrom: Project['nameFrom']
  readonly directory: string
  readonly files: Files
  readonly home: string | undefined
  /** Variables from `env_file`, where Compose did not put them in; undefined for a file that is not there. */
  readonly environments: ReadonlyMap<string, ReadonlyMap<string, string> | undefined>
}

/** Makes of what the files say what the rules ask about. */
export async function buildProject(request: BuildRequest): Promise<Project> {
  const { root, sources, incomplete, name, nameFrom, directory } = request
  const services: Service[] = []
  for (const entry of entriesOf(valueAt(root, 'services')))
    if (entry.value.kind === 'map') services.push(await serviceOf(entry, request))
  return {
    name,
    nameFrom,
    directory,
    sources,
    incomplete,
    root,
    services,
    volumes: entriesOf(valueAt(root, 'volumes')).map(volumeOf),
  }
}

async function serviceOf({ key, keySpan, value: node }: Entry, request: BuildRequest): Promise<Service> {
  const { directory, home, files, environments } = request
  const imageNode = valueAt(node, 'image')
  const imageText = textOf(imageNode)
  const image = imageText === undefined || imageText === '' ? undefined : parseImageReference(imageText)
  const built = valueAt(node, 'build') !== undefined
  const environment = environmentOf(node, environments.get(key))
  const environmentKnown = !environments.has(key) || environments.get(key) !== undefined
  const at: Node = {
    kind: 'scalar',
    value: key,
    span: keySpan,
    shared: node.shared,
    unset: [],
    interpolated: false,
  }
  const command = textsOf(valueAt(node, 'command'))
  const mounts = mountsOf(node, directory, home)
  // What is built here may be anything, whatever it is called, and not all that runs an image runs its server.
  const known =
    image === undefined || built || !runsItsServer(textsOf(valueAt(node, 'entrypoint')), command)
      ? undefined
      : image
  const found =
    known === undefined
      ? undefined
      : databaseOf(
          known,
          (name) => environment.get(name),
          (name) =>
            (environment.has(name) && environment.get(name) === undefined) ||
            (!environmentKnown && !environment.has(name)),
        )
  const writable = mounts
    .filter(({ type, readOnly }) => (type === 'volume' || type === 'bind') && !readOnly)
    .map(({ target }) => target)
  const isOpen =
    !writable.some((target) => isWithin(found?.directory ?? '', target)) &&
    found?.moved === undefined &&
    movesItsData(command, environment, writable)
  const database = found === undefined || !isOpen ? found : { ...found, directory: undefined }
  const application = known === undefined || isOpen ? undefined : applicationOf(known)
  const written = itemsOf(valueAt(node, 'volumes')).length
  const profiles = textsOf(valueAt(node, 'profiles'))
  return {
    name: key,
    at,
    node,
    image,
    imageAt: imageNode ?? at,
    built,
    environment,
    environmentKnown,
    command,
    mounts: await withKinds(mounts, files),
    mountsOpen:
      valueAt(node, 'volumes_from') !== undefined ||
      isElsewhere(textOf(valueAt(node, 'extends', 'file')) ?? '') ||
      mounts.filter(({ syntax }) => syntax !== 'tmpfs').length < written,
    database,
    application,
    stopGracePeriod: secondsOf(textOf(valueAt(node, 'stop_grace_period'))),
    replicas: Number(textOf(valueAt(node, 'deploy', 'replicas')) ?? textOf(valueAt(node, 'scale')) ?? 1),
    profiles,
    forDevelopment: isForDevelopment(key, profiles, node),
  }
}

async function withKinds(mounts: ReturnType<typeof mountsOf>, files: Files): Promise<readonly Mount[]> {
  return await Promise.all(
    mounts.map(async (mount) => ({
      ...mount,
      sourceKind: mount.inProject && mount.source !== undefined ? await files.kind(mount.source) : undefined,
    })),
  )
}

function environmentOf(
  node: Node,
  fromFiles: ReadonlyMap<string, string> | undefined,
): ReadonlyMap<string, string | undefined> {
  const values = new Map<string, string | undefined>(fromFiles)
  for (const { key, value } of entriesOf(asMapping(valueAt(node, 'environment'))))
    values.set(key, textOf(value))
  return values
}

const developmentWords =
  /(^|[-_.])(dev|devel|development|debug|test|tests|testing|e2e|ci|local|demo)($|[-_.])/i

function isForDevelopment(name: string, profiles: readonly string[], node: Node): boolean {
  if (profiles.some((profile) => developmentWords.test(profile)) || developmentWords.test(name)) return true
  const file = node.span.source.path.split('/').at(-1) ?? ''
  return developmentWords.test(file)
}

function volumeOf({ key, keySpan, value: node }: Entry): DeclaredVolume {
  const external = valueAt(node, 'external')
  const nameAt = valueAt(node, 'name') ?? valueAt(external, 'name')
  // Compose gives every volume a name; only what is written says whether somebody chose it.
  const written = node.origin === undefined ? node : node.origin
  const chosen = valueAt(written, 'name') ?? valueAt(written, 'external', 'name')
  return {
    key,
    at: { kind: 'scalar', value: key, span: keySpan, shared: node.shared, unset: [], interpolated: false },
    node,
    name: chosen === undefined ? undefined : textOf(chosen),
    nameAt,
    external: isTrue(external) || external?.kind === 'map',
    driver: textOf(valueAt(node, 'driver')) ?? 'local',
    driverOptions: new Map(
      entriesOf(asMapping(valueAt(node, 'driver_opts'))).map(({ key: option, value }) => [option, value]),
    ),
  }
}
