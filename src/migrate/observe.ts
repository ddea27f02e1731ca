import { lookThrough } from '../databases/look-into.ts'
import { probeNative, type NativePlan, type Possible } from '../databases/native/native.ts'
import { recogniseDatabases } from '../databases/recognise.ts'
import type { Helper } from '../docker/docker.ts'
import { isVolError, VolError } from '../errors.ts'
import type { Container, DatabaseFacts, ObservedVolume } from '../facts.ts'
import type { World } from '../plan/world.ts'
import { succeed } from '../volumes/script-result.ts'
import { newOperation, withHelper } from '../volumes/session.ts'
import { clusterFrom, type FoundCluster } from './cluster-facts.ts'
import type { MigrationFinding } from './finding.ts'
import { liveServer } from './live-server.ts'
import { lookAtImage } from './look-at-image.ts'
import type { Migration, PostgresImage } from './migration.ts'
import { preflightAtWork } from './preflight/at-work.ts'
import type { PreflightContext } from './preflight/preflight.ts'

/** What is true of a volume and of two images before a migration is planned. */
export type MigrationFacts = {
  readonly observed: ObservedVolume & {
    readonly databases: readonly DatabaseFacts[]
    readonly native: Possible<NativePlan>
  }
  /** The clusters that its files show. */
  readonly clusters: readonly FoundCluster[]
  /** Images that could run the old version, the likeliest first, with the container that has it. */
  readonly from: readonly { readonly image: PostgresImage; readonly container: Container | undefined }[]
  readonly to: PostgresImage
  /** What the running server says of itself that a migration must know; undefined when none answers. */
  readonly findings: readonly MigrationFinding[] | undefined
  /** Bytes of the files in the volume, and how many are free beside them. */
  readonly bytes: number
  readonly freeBytes: number
}

export type Asked = {
  /** The image of the new version. */
  readonly to: string
  /** The image of the old one, where that is asked for; otherwise those of the containers count. */
  readonly from: string | undefined
  /** Whether an image that is not here may be pulled. */
  readonly pull: boolean
}

/**
 * Looks at a volume that is to be migrated, and at the images of both versions; a container of each says what it is.
 * Nothing is changed but that an image may be pulled.
 */
export async function observeMigration(
  world: World,
  observed: ObservedVolume,
  { to, from, pull }: Asked,
): Promise<MigrationFacts> {
  if (pull) await pullIfMissing(world, to)
  const [target, inside] = await Promise.all([lookAtImage(world, to), lookInside(world, observed)])
  const { databases, clusters, bytes, freeBytes } = inside
  const native = await probeNative(world, observed, databases)
  const [cluster, ...others] = clusters
  const isReady = cluster !== undefined && others.length === 0 && cluster.major <= target.major
  return {
    observed: { ...observed, databases, native },
    clusters,
    from: await oldImages(world, observed, clusters, from),
    to: target,
    findings: isReady ? await askRunningServer(world, observed, cluster, target) : undefined,
    bytes,
    freeBytes,
  }
}

async function pullIfMissing(world: World, reference: string): Promise<void> {
  if ((await world.docker.image(reference)) !== undefined) return
  const task = world.progress.start(`Pull ${reference}`)
  try {
    await world.docker.pull(reference)
    task.finish()
  } catch (error) {
    task.fail()
    if (!isVolError(error, 'DOCKER_FAILED')) throw error
    throw new VolError('IMAGE_NOT_FOUND', `The image ${reference} is not here and could not be pulled.`, {
      suggestions: [`docker pull ${reference}, then try again.`],
      cause: error,
      ...(error.output === undefined ? {} : { output: error.output }),
    })
  }
}

/** Asks the server at work, which costs its users nothing; most of what stands in the way shows here already. */
async function askRunningServer(
  world: World,
  observed: ObservedVolume,
  cluster: FoundCluster,
  to: PostgresImage,
): Promise<readonly MigrationFinding[] | undefined> {
  const live = await liveServer(world, observed, cluster)
  if (!live.possible) return undefined
  const context = preflightContext(cluster, to, observed)
  const request = { operation: newOperation(), image: to.id, owner: cluster.owner }
  return await preflightAtWork(world, live.plan, request, context)
}

/** What checks are told of a cluster, wherever its server runs. */
export function preflightContext(
  cluster: Migration['cluster'],
  to: PostgresImage,
  { volume, consumers }: ObservedVolume,
): Pick<PreflightContext, 'cluster' | 'to' | 'volume' | 'consumers' | 'walDirectory'> {
  const { walDirectory } = cluster
  const wal = walDirectory === undefined ? {} : { walDirectory }
  return { cluster, to, volume: volume.name, consumers, ...wal }
}

type Inside = Pick<MigrationFacts, 'clusters' | 'bytes' | 'freeBytes'> & {
  readonly databases: readonly DatabaseFacts[]
}

async function lookInside(world: World, { volume, consumers }: ObservedVolume): Promise<Inside> {
  const images = consumers.map(({ imageId }) => imageId)
  return await withHelper(world, { reads: volume.name, images }, async (helper) => {
    const look = await lookThrough(helper, 'volume')
    const databases = recogniseDatabases(look, volume.name, consumers)
    const clusters: FoundCluster[] = []
    for (const database of databases) {
      if (database.kind !== 'postgres' || database.recognisedBy !== 'files') continue
      const cluster = clusterFrom(database, await lookAtDirectory(helper, database.path))
      if (cluster !== undefined) clusters.push(cluster)
    }
    return { databases, clusters, ...(await sizes(helper)) }
  })
}

// What is longer than any command line was not written by a server.
const directoryScript = `
cd "$1/$2" && stat -c %u:%g . && { head -c 65536 postmaster.opts 2>/dev/null || :; }
`

async function lookAtDirectory(
  helper: Helper,
  path: string,
): Promise<{ readonly owner: string; readonly options: string }> {
  const what = 'look at the data directory'
  const said = await succeed(helper, directoryScript, [helper.path('volume'), path], what)
  const [owner = '', ...options] = said.split('\n')
  return { owner, options: options.join('\n') }
}

// Files that go while they are counted are no reason to fail.
const sizeScript = `
du -s -B1 "$1" 2>/dev/null | cut -f1
df --output=avail -B1 "$1" | tail -n 1
`

async function sizes(helper: Helper): Promise<Pick<MigrationFacts, 'bytes' | 'freeBytes'>> {
  const said = await succeed(helper, sizeScript, [helper.path('volume')], 'see how large the volume is')
  const [bytes = '', freeBytes = ''] = said.trim().split(/\s+/)
  return { bytes: Number(bytes), freeBytes: Number(freeBytes) }
}

/**
 * Images with a server of the old version: the one that was asked for; or those of the containers, writers and what
 * runs first; or those that the snapshots of the volume name; or the official one of that version, if it is here.
 */
async function oldImages(
  world: World,
  { volume, consumers }: ObservedVolume,
  clusters: readonly FoundCluster[],
  asked: string | undefined,
): Promise<MigrationFacts['from']> {
  const own = consumers
    .filter(({ mounts }) => mounts.some((mount) => mount.volume === volume.name && !mount.readOnly))
    .toSorted((one, other) => Number(other.state === 'running') - Number(one.state === 'running'))
  if (asked !== undefined) return [{ image: await lookAtImage(world, asked), container: own[0] }]
  const majors = new Set(clusters.map(({ major }) => major))
  const found: { image: PostgresImage; container: Container | undefined }[] = []
  for (const container of own) {
    const image = await lookIfThere(world, container.imageId)
    if (image !== undefined && majors.has(image.major))
      found.push({ image: { ...image, reference: container.image }, container })
  }
  if (found.length > 0) return found
  const remembered = (await world.store.list(volume.name))
    .toReversed()
    .flatMap(({ config }) => config.consumers.flatMap(({ imageId, image }) => [imageId, image]))
  const official = [...majors].map((major) => `postgres:${major}`)
  for (const reference of new Set([...remembered, ...official])) {
    const image = await lookIfThere(world, reference)
    if (image !== undefined && majors.has(image.major)) return [{ image, container: own[0] }]
  }
  return []
}

async function lookIfThere(world: World, reference: string): Promise<PostgresImage | undefined> {
  try {
    return await lookAtImage(world, reference)
  } catch (error) {
    if (!isVolError(error, 'IMAGE_NOT_FOUND') && !isVolError(error, 'HELPER_IMAGE_NOT_FOUND')) throw error
    return undefined
  }
}
