import type { PostgresServer } from '../server.ts'
import { dumpAndRestore } from './dump.ts'
import { initdbOptions, makeCluster } from './new-cluster.ts'
import { restartOldServer, stopOldServer } from './old-server.ts'
import { overridesFor, overridesToFill, settingsFromArguments } from './overrides.ts'
import { giveAway, type Places } from './places.ts'
import type { BuildRequest } from './request.ts'
import type { CarriedSettings } from './settings.ts'
import { serverThrough } from './shell.ts'
import type { openSide, Side } from './side.ts'
import type { SourceFacts } from './source-facts.ts'
import { bringTablespaces, type MovedTablespace } from './tablespaces.ts'
import { together } from './together.ts'
import { upgrade } from './upgrade.ts'

/** All that is known once the old server was looked through. */
export type Work = {
  readonly request: BuildRequest
  readonly places: Places
  /** Of the new cluster. */
  readonly owner: string
  readonly old: Side
  readonly client: Side
  readonly open: typeof openSide
  readonly facts: SourceFacts
  /** Databases whose definitions other versions read only without marks of the old one. */
  readonly marked: readonly string[]
  readonly tablespaces: readonly MovedTablespace[]
  readonly newMajor: number
  /** The old server, which runs. */
  readonly server: PostgresServer
}

/** Makes an empty cluster and fills it by the method that was asked for. Its server runs then, and the old one does not. */
export async function fill(
  work: Work,
  carry: () => Promise<CarriedSettings>,
): Promise<{ readonly settings: CarriedSettings; readonly target: PostgresServer }> {
  const { request, places, owner, client, open, facts, marked, tablespaces, newMajor, server } = work
  const { method, cluster, jobs, task } = request
  let { old } = work
  const isOthers = owner !== cluster.owner
  await together(
    makeCluster(client, places, server.installUser, initdbOptions(facts, cluster, newMajor)),
    method === 'upgrade' || isOthers ? stopOldServer(old, places) : Promise.resolve(),
  )
  if (isOthers) {
    await old.close()
    await giveAway(request, owner)
    old = await open(request, 'old', owner)
  }
  const settings = await carry()
  const given = await settings.accepted(settingsFromArguments(cluster.serverArguments))
  const ours = overridesFor({ sockets: places.newSockets, work: places.newWork }, given)
  const target = serverThrough(
    client,
    { sockets: places.newSockets, work: places.newWork },
    { major: newMajor, installUser: server.installUser },
  )
  if (method === 'upgrade') {
    await settings.isolate(ours)
    // A library that is missing would be found by pg_upgrade when much is done.
    if (settings.loadsLibraries()) {
      await settings.start()
      await settings.stop()
    }
    const options = [
      // It syncs the whole cluster at its end, which we do at ours.
      ...(newMajor >= 15 ? ['--no-sync'] : []),
      // Statistics of what is composed of several values cannot be read without the marks that were taken out.
      ...(newMajor >= 18 && marked.length > 0 ? ['--no-statistics'] : []),
    ]
    await upgrade(old, client, places, { installUser: server.installUser, jobs, options, task })
    await bringTablespaces(client, places, tablespaces)
    await settings.start()
    return { settings, target }
  }
  if (isOthers) await restartOldServer(old, places)
  await settings.isolate([...ours, ...overridesToFill(newMajor)])
  await settings.start()
  await dumpAndRestore(target, {
    oldSockets: places.oldSockets,
    facts,
    marked,
    tablespaces: tablespaces.map(({ name, owner: role, place }) => ({
      name,
      owner: role,
      location: `${places.new}/${place}`,
    })),
    jobs,
    task,
  })
  await stopOldServer(old, places)
  return { settings, target }
}
