import { VolError } from '../../errors.ts'
import { beginPhase } from '../begin-phase.ts'
import { fill, type Work } from './fill.ts'
import { forgetMarksOf, markedDatabases } from './attribute-marks.ts'
import { collationsOf } from './collations.ts'
import { finishCluster } from './finish.ts'
import { stopNewServer, syncNewCluster } from './new-server.ts'
import { allowConnections } from './open-databases.ts'
import { startOldServer } from './old-server.ts'
import { makePlaces, placesIn } from './places.ts'
import type { BuildHooks, BuildRequest, Built } from './request.ts'
import { setForAllRoles } from './settings-of-all.ts'
import { carrySettings } from './settings.ts'
import { openSide, type Side } from './side.ts'
import { sourceFacts } from './source-facts.ts'
import { stopwatch } from './stopwatch.ts'
import { together } from './together.ts'
import { moveTablespaces, settleTablespaces } from './tablespaces.ts'

export type { BuildHooks, BuildPhase, BuildRequest, Built } from './request.ts'

/**
 * Builds a cluster of the new version in the folder `new` of a volume whose folder `old` is a copy of the source, with
 * nothing but the two images: the old server runs from the old one, everything else from the new one, without a
 * network and without rights. When this returns both servers are shut down, proven by their control files, and the new
 * cluster is whole and on disk. When it fails only this volume was touched, and it can be called again on a fresh copy.
 */
export async function buildCluster(request: BuildRequest, hooks: BuildHooks): Promise<Built> {
  const sides: Side[] = []
  const open: typeof openSide = async (...args) => {
    const side = await openSide(...args)
    sides.push(side)
    return side
  }
  try {
    return await build(request, hooks, open)
  } finally {
    await Promise.all(sides.map((side) => side.close()))
    // What was cut short fails in many words; the interruption says why.
    request.world.signal.throwIfAborted()
  }
}

async function build(request: BuildRequest, hooks: BuildHooks, open: typeof openSide): Promise<Built> {
  const { cluster, task, jobs } = request
  const time = stopwatch()
  beginPhase(task, 'starting both versions')
  const owner = newOwner(request)
  await makePlaces(request, cluster.owner, owner)
  const [old, client] = await together(open(request, 'old', cluster.owner), open(request, 'new', owner))
  const places = placesIn(client.root, cluster.path)
  const newMajor = request.newImage.major
  const finalPlace = request.finalDataDirectory ?? usualDataDirectory(newMajor)
  time.done('prepare')

  beginPhase(task, 'recovering the copy')
  const { server, withoutSettings } = await startOldServer(old, client, places, {
    major: cluster.major,
    serverArguments: cluster.serverArguments,
    ...(request.installUser === undefined ? {} : { installUser: request.installUser }),
  })
  const facts = await sourceFacts(server)
  const before = await collationsOf(server, old)
  const closed = facts.databases.flatMap(({ name, allowsConnections }) => (allowsConnections ? [] : [name]))
  await allowConnections(server, closed, true)
  const databases = facts.databases.map(({ name }) => name)
  const marked = await markedDatabases(server, databases)
  time.done('recover')
  beginPhase(task, 'looking through the old cluster')
  await hooks.before(server, withoutSettings)
  time.done('before')

  beginPhase(task, 'making an empty cluster')
  if (request.method === 'upgrade') await forgetMarksOf(server, marked)
  const tablespaces = moveTablespaces(facts.tablespaces, places)
  const work: Work = {
    request,
    places,
    owner,
    old,
    client,
    open,
    facts,
    marked,
    tablespaces,
    newMajor,
    server,
  }
  const { settings, target } = await fill(work, async () => {
    const inside = tablespaces.flatMap(({ place, wasInside }) => (wasInside ? [place] : []))
    return await carrySettings(client, places, {
      insideTablespaces: inside,
      from: oldDataDirectory(request),
      to: finalPlace,
    })
  })
  const notSet = await setForAllRoles(target, facts.settingsOfAll)
  time.done('build')

  const finished = await finishCluster(target, client, {
    before,
    databases,
    method: request.method,
    jobs,
    task,
  })
  await settings.checkLogins(target)
  time.done('finish')
  beginPhase(task, 'looking through the new cluster')
  await hooks.after(target)
  time.done('after')
  await allowConnections(target, closed, false)
  beginPhase(task, 'bringing it to disk')
  await stopNewServer(client, places)
  await settings.restore()
  await syncNewCluster(client, places)
  if (tablespaces.length > 0) await settleTablespaces(client, places, finalPlace)
  time.done('sync')
  const notes = [
    ...(withoutSettings === undefined
      ? []
      : [`the old server was started on the copy without its own settings: ${withoutSettings}`]),
    ...settings.notes,
    ...notSet,
    ...finished,
  ]
  return { dataDirectory: 'new', owner, timings: time.all(), notes }
}

/** Who is to own the new cluster: the user `postgres` of its image, or whoever owned the old one. */
function newOwner({ newImage, cluster }: BuildRequest): string {
  if (newImage.owner?.startsWith('0:') === true)
    throw new VolError('FAILED', `In the image ${newImage.id} the user postgres is root.`)
  return newImage.owner ?? cluster.owner
}

/** Where the source's containers see it. */
function oldDataDirectory({ oldMountPath, cluster }: BuildRequest): string | undefined {
  if (oldMountPath === undefined || cluster.path === '.') return oldMountPath
  return `${oldMountPath}/${cluster.path}`
}

/** Of the official images (their Dockerfiles; the place changed with 18). */
function usualDataDirectory(major: number): string {
  return major >= 18 ? `/var/lib/postgresql/${major}/docker` : '/var/lib/postgresql/data'
}
