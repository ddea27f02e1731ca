import { setTimeout as sleep } from 'node:timers/promises'
import { isVolError, VolError } from '../errors.ts'
import type { HoldEntry } from '../plan/journal.ts'
import type { World } from '../plan/world.ts'
import type { CompleteHold } from './broken.ts'
import type { HeldContainer } from './held-container.ts'
import type { Holding } from './holding.ts'
import { lookAt, startedBeforeHeld } from './look.ts'
import { startOrder } from './order.ts'
import type { Hold } from './plan-hold.ts'

/** Milliseconds to wait for another command that holds one of the containers, and for one that is just restarting. */
const patience = 20_000
/** How often newcomers are held as well, and what failed is tried again. */
const mostRounds = 6
/** Seconds within which an engine has paused what it was told to, or never will. */
export const longestPause = 5

/**
 * Pauses or stops every container that can write the volumes, and looks again until nobody can: another may have
 * started meanwhile. Each round is in the journal before it begins; when this fails, `holding` is what to release.
 */
export async function freeze(world: World, hold: Hold, holding: Holding): Promise<CompleteHold> {
  const waitUntil = performance.now() + patience
  const wait = async (refusal: VolError) => {
    if (performance.now() > waitUntil) throw refusal
    await sleep(100, undefined, { signal: world.signal })
  }
  let failure: unknown
  let round = 0
  let known: readonly string[] = []
  while (round < mostRounds) {
    world.signal.throwIfAborted()
    const now = await world.docker.containersLike(known)
    known = now.map(({ id }) => id)
    const { ready, restless, leftPaused } = lookAt(now, hold, holding.entry.containers)
    const anew = startedBeforeHeld(now, holding.entry.containers)
    if (anew.length > 0) {
      holding.entry = extended(holding.entry, anew, holding.entry.leftPaused)
      await world.journal.begin(holding.entry)
    }
    if (ready.length > 0 || leftPaused.some((id) => !holding.entry.leftPaused.includes(id))) {
      const entry = extended(holding.entry, ready, leftPaused)
      const other = await world.journal.beginHold(entry)
      if (other !== undefined) {
        await wait(new VolError('BUSY', `Another docker vol command holds containers for ${quoted(other)}.`))
        continue
      }
      holding.entry = entry
      if (ready.length === 0) continue
      round += 1
      try {
        await act(world, holding, ready)
      } catch (error) {
        // One that has just ended cannot be paused; the next look tells.
        if (!isVolError(error, 'DOCKER_FAILED')) throw error
        failure = error
      }
      continue
    }
    if (restless.length === 0) {
      const { volumes } = hold
      const starts = new Map(now.map(({ id, startedAt }) => [id, startedAt]))
      return { volumes, held: holding.entry.containers, leftPaused, starts }
    }
    const names = restless.map((name) => `"${name}"`).join(', ')
    await wait(new VolError('VOLUME_IN_USE', `${names} can write the volume, and starts again and again.`))
  }
  throw failure ?? new VolError('VOLUME_IN_USE', 'Containers that can write the volume keep being started.')
}

function quoted({ volumes }: HoldEntry): string {
  return volumes.map((volume) => `the volume "${volume}"`).join(', ')
}

/** The entry with more containers; one that was started anew since it was held takes its own place. */
function extended(
  entry: HoldEntry,
  more: readonly HeldContainer[],
  leftPaused: readonly string[],
): HoldEntry {
  const others = entry.containers.filter(({ id }) => !more.some((each) => each.id === id))
  return { ...entry, since: new Date().toISOString(), containers: [...others, ...more], leftPaused }
}

/** Stops first, dependents before what they depend on: that takes its time. Then pauses, all in one call. */
async function act(world: World, holding: Holding, containers: readonly HeldContainer[]): Promise<void> {
  const toStop = startOrder(containers.filter(({ how }) => how === 'stop')).toReversed()
  for (const group of toStop)
    for (const [grace, ids] of byGrace(group))
      await acting(holding, grace + longestPause, () => world.docker.stop(ids, grace))
  const toPause = containers.filter(({ how }) => how === 'pause').map(({ id }) => id)
  if (toPause.length === 0) return
  // A moment, and then it is known what was done; an interruption comes after it.
  await acting(holding, longestPause, () => world.withoutSignal().docker.pause(toPause))
}

/** Lets the watchdog know, and ourselves should this fail, that an order can take effect later than its answer. */
async function acting(holding: Holding, seconds: number, order: () => Promise<void>): Promise<void> {
  const before = holding.settled
  holding.settled = performance.now() + seconds * 1000
  holding.acting(seconds)
  try {
    await order()
    holding.settled = before
  } catch (error) {
    // The engine has answered: nothing of it is under way any more.
    if (isVolError(error, 'DOCKER_FAILED')) holding.settled = before
    throw error
  } finally {
    if (holding.settled === before) holding.acted()
  }
}

function byGrace(containers: readonly HeldContainer[]): ReadonlyMap<number, readonly string[]> {
  const groups = new Map<number, readonly string[]>()
  for (const { id, graceSeconds } of containers)
    groups.set(graceSeconds, [...(groups.get(graceSeconds) ?? []), id])
  return groups
}
