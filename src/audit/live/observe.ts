import type { InspectedContainer, InspectedImage, Inspection } from '../../docker/inspection.ts'
import { accidentLabel } from '../../docker/helper-container.ts'
import { isHelper } from '../../docker/observe.ts'
import { isVolError } from '../../errors.ts'
import { isAlive, type Volume } from '../../facts.ts'
import type { World } from '../../plan/world.ts'
import { scratchLabel } from '../../volumes/scratch.ts'
import { withoutUndoCopies } from '../../snapshots/undo-copy.ts'
import type { Project } from '../model/project.ts'
import { databaseInContainer } from './database-in-container.ts'
import { holderOf, hostPathOf } from './live.ts'
import { scopeOf } from './link.ts'
import { lookIntoImages } from './look-into-images.ts'
import { lookIntoVolumes } from './look-into-volumes.ts'
import { mountsHere, networkFileSystemOf } from './network-file-system.ts'
import type { Layer, Seen, SnapshotSeen } from './seen.ts'

export type Observed = {
  /** Undefined when the engine failed. */
  readonly seen: Seen | undefined
  /** What could not be looked at, and what follows. */
  readonly notes: readonly string[]
}

/** How much is looked at; a machine with more is told of in a note. */
const most = { layers: 200, volumes: 400, images: 60 }

/**
 * Looks at the containers, images and volumes of a project, or at all there are. A few calls of docker, one `diff` for
 * each container, one helper for a batch of volumes and one for images; nothing on the engine is changed.
 */
export async function observeLive(
  world: World,
  inspection: Inspection,
  project: Project | undefined,
  now: Date,
  /** Projects whose files name images that may be here. */
  told: readonly Project[] = project === undefined ? [] : [project],
): Promise<Observed> {
  const [everyContainer, everyVolume] = await Promise.all([inspection.containers(), world.docker.volumes()])
  // What other commands of ours have under way is nobody's data.
  const containers = everyContainer.filter((container) => !isHelper(container) && !isOurs(container))
  const volumes = everyVolume.filter((volume) => !isOurs(volume))
  const scope = scopeOf({ containers, volumes }, project)
  const own = containers.filter(({ id }) => scope.containers.has(id))
  const mounted = new Set([...scope.volumes].map(({ name }) => name))
  const concerned = containers.filter(
    ({ id, mounts }) => scope.containers.has(id) || mounts.some(({ volume }) => mounted.has(volume)),
  )
  const named = told.flatMap(({ services }) => services.flatMap(({ image }) => image?.text ?? []))
  const images = distinct(
    await inspection.images([...new Set([...concerned.map(({ imageId }) => imageId), ...named])]),
  )
  const lookable = [...scope.volumes].filter((volume) => canLook(volume, containers))
  const notes: string[] = []
  const wanted = imagesToLookInto(images, own, named)
  const [layers, contents, imageContents, fileSystems, snapshots] = await Promise.all([
    layersOf(inspection, own.slice(0, most.layers)),
    lookIntoVolumes(world, lookable.slice(0, most.volumes), containers, notes),
    lookIntoImages(world, wanted.slice(0, most.images), concerned, notes),
    fileSystemsOf(world, own, images, volumes),
    snapshotsIn(world, notes),
  ])
  for (const [what, count, limit] of [
    ['containers', own.length, most.layers],
    ['volumes', lookable.length, most.volumes],
    ['images', wanted.length, most.images],
  ] as const)
    if (count > limit) notes.push(`Of ${count} ${what} only ${limit} were looked into.`)
  return {
    seen: { now, containers, volumes, images, layers, contents, imageContents, fileSystems, snapshots },
    notes,
  }
}

function isOurs({ labels }: Pick<Volume, 'labels'>): boolean {
  return labels[scratchLabel] !== undefined || labels[accidentLabel] !== undefined
}

/**
 * A volume of the engine's own disk can be mounted without harm. A share is only looked into while somebody has it
 * mounted: to mount it may hang, or wake what sleeps.
 */
function canLook(volume: Volume, containers: readonly InspectedContainer[]): boolean {
  if (volume.driver === 'local' && Object.keys(volume.options).length === 0) return true
  return containers.some(
    (container) => isAlive(container) && container.mounts.some((mount) => mount.volume === volume.name),
  )
}

async function layersOf(
  inspection: Inspection,
  containers: readonly InspectedContainer[],
): Promise<ReadonlyMap<string, Layer>> {
  const sizes = await inspection.layerSizes(containers.map(({ id }) => id))
  const layers = new Map<string, Layer>()
  await eachOf(containers, async ({ id }) => {
    // Whoever wrote nothing needs no list.
    const bytes = sizes.get(id) ?? 0
    const changes = bytes === 0 ? [] : await inspection.changes(id)
    if (changes !== undefined) layers.set(id, { changes, bytes })
  })
  return layers
}

/** Images of containers with mounts or with a database, and those that the files name for these. */
function imagesToLookInto(
  images: readonly InspectedImage[],
  containers: readonly InspectedContainer[],
  named: readonly string[],
): readonly InspectedImage[] {
  const used = new Set(
    containers.filter(({ allMounts }) => allMounts.length > 0).map(({ imageId }) => imageId),
  )
  return images.filter(
    ({ id, references }) => used.has(id) || named.some((name) => references.includes(name)),
  )
}

/** What lies under the data of databases, where the engine's host is this machine. */
async function fileSystemsOf(
  { docker }: World,
  containers: readonly InspectedContainer[],
  images: readonly InspectedImage[],
  volumes: readonly Volume[],
): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>()
  const byId = new Map(images.map((image) => [image.id, image]))
  const { endpoint } = await docker.engine()
  if (!endpoint.startsWith('unix://')) return found
  const mounts = await mountsHere()
  for (const container of containers) {
    const directory = databaseInContainer(container, byId.get(container.imageId))?.directory
    const holder = directory === undefined ? undefined : holderOf(container, directory)
    const place = holder === undefined ? undefined : hostPathOf(holder, volumes)
    const name = place === undefined ? undefined : await networkFileSystemOf(place, mounts)
    if (place !== undefined && name !== undefined) found.set(place, name)
  }
  return found
}

async function snapshotsIn({ store }: World, notes: string[]): Promise<Seen['snapshots']> {
  try {
    const byVolume = new Map<string, SnapshotSeen[]>()
    for (const { volume, id, config, verification } of withoutUndoCopies(await store.list())) {
      const checks = Object.values(verification ?? {})
      const last = checks.every(({ good }) => good)
        ? checks
            .map(({ at }) => at)
            .toSorted()
            .at(-1)
        : undefined
      const seen = {
        id,
        created: new Date(config.created),
        verified: last === undefined ? undefined : new Date(last),
      }
      const list = byVolume.get(volume)
      if (list === undefined) byVolume.set(volume, [seen])
      else list.push(seen)
    }
    return byVolume
  } catch (error) {
    if (!isVolError(error)) throw error
    notes.push(`The snapshots could not be read: ${error.message}`)
    return undefined
  }
}

function distinct(images: readonly InspectedImage[]): readonly InspectedImage[] {
  return [...new Map(images.map((image) => [image.id, image])).values()]
}

/** How many calls of docker are under way at once. */
const atOnce = 4

async function eachOf<Item>(items: readonly Item[], act: (item: Item) => Promise<void>): Promise<void> {
  const rest = items.values()
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      for (const item of rest) await act(item)
    }),
  )
}
