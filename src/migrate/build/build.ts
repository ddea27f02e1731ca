import { majorOf, initdbOptions, makeCluster } from './new-cluster.ts'
import { startNewServer, stopNewServer } from './new-server.ts'
import { startOldServer, stopOldServer } from './old-server.ts'
import { giveAway, makePlaces, placesIn } from './places.ts'
import type { BuildHooks, BuildRequest, Built } from './request.ts'
import { imageOwner, openSide, type Side } from './side.ts'
import { sourceFacts } from './source-facts.ts'
import { stopwatch } from './stopwatch.ts'
import { upgrade } from './upgrade.ts'

export type { BuildHooks, BuildPhase, BuildRequest, Built } from './request.ts'

/**
 * Builds a cluster of the new version in the folder `new` of a volume whose folder `old` is a copy of the source, with
 * nothing but the two images: the old server runs from the old one, everything else from the new one, without a
 * network and without rights. When this returns both servers are shut down, proven by their control files, and the new
 * cluster is whole and on disk. When it fails only this volume was touched, and it can be called again on a fresh copy.
 */
export async function buildCluster(request: BuildRequest, hooks: BuildHooks): Promise<Built> {
  const { cluster, task, world } = request
  const time = stopwatch()
  const sides: Side[] = []
  const open = async (...args: Parameters<typeof openSide>) => {
    const side = await openSide(...args)
    sides.push(side)
    return side
  }
  try {
    task.update({ text: 'starting both versions' })
    const owner = (await imageOwner(request, request.newImage.id)) ?? cluster.owner
    await makePlaces(request, cluster.owner, owner)
    let old = await open(request, 'old', cluster.owner)
    const client = await open(request, 'new', owner)
    const places = placesIn(client.root, cluster.path)
    const newMajor = await majorOf(client)
    time.done('prepare')

    task.update({ text: 'recovering the copy' })
    const { server, withoutSettings } = await startOldServer(old, client, places, cluster)
    const notes = withoutSettings === undefined ? [] : [withoutSettings]
    const facts = await sourceFacts(server)
    time.done('recover')
    task.update({ text: 'looking through the old cluster' })
    await hooks.before(server)
    time.done('before')

    task.update({ text: 'building the new cluster' })
    await makeCluster(client, places, server.installUser, initdbOptions(facts, cluster, newMajor))
    await stopOldServer(old, places)
    if (owner !== cluster.owner) {
      await old.close()
      await giveAway(request, owner)
      old = await open(request, 'old', owner)
    }
    await upgrade(old, client, places, { installUser: server.installUser, jobs: request.jobs })
    time.done('build')

    const { installUser } = server
    const built = await startNewServer(client, places, { major: newMajor, installUser })
    time.done('finish')
    task.update({ text: 'looking through the new cluster' })
    await hooks.after(built)
    time.done('after')
    await stopNewServer(client, places)
    time.done('sync')
    return { dataDirectory: 'new', owner, timings: time.all(), notes }
  } finally {
    await Promise.all(sides.map((side) => side.close()))
    world.signal.throwIfAborted()
  }
}
