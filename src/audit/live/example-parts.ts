/** Examples of what is seen on an engine, for the pages and tests of live rules: what is not said is as usual. */
import type { InspectedContainer, InspectedImage, InspectedMount } from '../../docker/inspection.ts'
import type { DatabaseFacts, Volume } from '../../facts.ts'
import type { VolumeContents } from './seen.ts'

/** A running container of `docker run`. */
export function aContainer(
  changes: Partial<InspectedContainer> & Pick<InspectedContainer, 'name' | 'image'>,
): InspectedContainer {
  const allMounts = changes.allMounts ?? []
  return {
    id: changes.name,
    imageId: `sha256:${changes.image}`,
    state: 'running',
    labels: {},
    environment: {},
    mounts: allMounts
      .filter(({ type }) => type === 'volume')
      .map(({ source, destination, readOnly }) => ({ volume: source, destination, readOnly })),
    allMounts,
    entrypoint: [],
    command: [],
    user: '',
    startedAt: '',
    finishedAt: '',
    exitCode: 0,
    outOfMemory: false,
    health: '',
    restartPolicy: 'no',
    autoRemove: false,
    stopTimeout: undefined,
    ...changes,
  }
}

/** One that a service of the project `shop` has. */
export function ofService(service: string, project = 'shop'): Readonly<Record<string, string>> {
  return { 'com.docker.compose.project': project, 'com.docker.compose.service': service }
}

/** `pgdata:/data`, `/srv/data:/data:ro`. */
export function aMount(text: string): InspectedMount {
  const [source = '', destination = '', mode = ''] = text.split(':')
  return {
    type: source.startsWith('/') ? 'bind' : 'volume',
    source,
    destination,
    readOnly: mode === 'ro',
    mode,
    subpath: '',
  }
}

/** An image by its reference; containers of that image have it. */
export function anImage(reference: string, changes: Partial<InspectedImage> = {}): InspectedImage {
  return {
    id: `sha256:${reference}`,
    references: [reference],
    volumes: [],
    environment: {},
    entrypoint: [],
    command: [],
    ...changes,
  }
}

export function aVolume(name: string, changes: Partial<Volume> = {}): Volume {
  const mountpoint = `/var/lib/docker/volumes/${name}/_data`
  return { name, driver: 'local', options: {}, labels: {}, createdAt: '', mountpoint, ...changes }
}

/** The name of a volume that nobody named. */
export const anonymous = '3f9c'.repeat(16)

/** What a volume holds; some file of no database when nothing is said. */
export function holding(
  changes: Partial<VolumeContents> & { readonly database?: Partial<DatabaseFacts> } = {},
): VolumeContents {
  const { database, ...more } = changes
  return {
    empty: false,
    root: { uid: 0, gid: 0, mode: 0o755 },
    names: ['file'],
    databases:
      database === undefined
        ? []
        : [{ kind: 'postgres', path: '.', recognisedBy: 'files', details: {}, ...database }],
    bytes: undefined,
    hidden: [],
    ...more,
  }
}
