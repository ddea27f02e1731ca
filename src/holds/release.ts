import { setTimeout as sleep } from 'node:timers/promises'
import type { Docker } from '../docker/docker.ts'
import { isVolError } from '../errors.ts'
import { isAlive, type Container } from '../facts.ts'
import type { HeldContainer } from './held-container.ts'
import { needsHealthy, startOrder } from './order.ts'
import { planRelease, type Release } from './plan-release.ts'

export type ReleaseRequest = {
  /** Gives a docker for one look or one act: each may take as long as that allows. */
  readonly docker: () => Docker
  readonly containers: readonly HeldContainer[]
  /** As the hold noted it. */
  readonly engineStart: string | undefined
  /** Until when (`performance.now()`) an order of the hold can still be carried out, so that one look is not enough. */
  readonly settled: number
  /** When (`performance.now()`) to give up on an engine that does not answer. */
  readonly giveUp: number
  /** Asked before each round whether it is still for us to do. */
  readonly isOurs?: () => Promise<boolean>
  /** What the first look has shown, when there was one just now. */
  readonly firstLook?: readonly Container[]
}

export type Released = {
  /** What happened to containers meanwhile, in sentences. */
  readonly notes: readonly string[]
  /** Those that could not be let go on, and why. */
  readonly failed: readonly HeldContainer[]
  readonly error?: unknown
}

/** How often the engine is asked for the same act before it is taken at its word that it cannot do it. */
const mostTries = 5
/** Milliseconds that a container is given to become healthy before what depends on it is started all the same. */
const longestHealing = 60_000
/**
 * Milliseconds in which an order that was under way when its giver died has mostly shown: one to stop what another needs
 * is waited for that long, so that they start in order. After it what runs is taken to run on: an order can also have
 * been lost, and the other is to be back within five seconds.
 */
const longestDoubt = 2000
/** Milliseconds between two looks; and when nothing is left but to see whether a lost order takes effect after all. */
const pause = { short: 100, long: 500 }

/**
 * Lets containers go on: paused ones at once, stopped ones in the order in which they depend on each other. Looks again
 * and acts again until each is as it should be. Safe to repeat, and to be done by two at the same time.
 */
export async function release(request: ReleaseRequest): Promise<Released> {
  const { docker, containers } = request
  const notes: string[] = []
  const failed: HeldContainer[] = []
  const tries = new Map<string, number>()
  const begun = performance.now()
  const healing = begun + longestHealing
  let remaining = [...containers]
  let failure: unknown
  let look = request.firstLook
  let idle = false
  const done = (some: readonly HeldContainer[]) => {
    remaining = remaining.filter((held) => !some.includes(held))
  }

  while (remaining.length > 0) {
    try {
      if ((await request.isOurs?.()) === false) return { notes, failed: [] }
      const now = look ?? (await docker().containers())
      look = undefined
      const engineRestarted = await hasRestarted(request, remaining, now)
      const releases = remaining.map((held) => planRelease(held, now, { engineRestarted }))
      const over = releases.filter((each) => isOver(each, request.settled))
      tell(over, notes)
      done(over.map(({ held }) => held))
      const waitFor = {
        orders: performance.now() < begun + longestDoubt,
        health: performance.now() < healing,
      }
      const acts = due(releases, containers, now, waitFor)
      idle = acts.length === 0 && !waitFor.orders
      for (const word of ['unpause', 'start'] as const) {
        const some = acts.filter(({ act }) => act.do === word)
        const ids = some.flatMap(({ act }) => (act.do === word ? [act.id] : []))
        if (ids.length === 0) continue
        for (const { held } of some) tries.set(held.id, (tries.get(held.id) ?? 0) + 1)
        await docker()[word](ids)
        tell(some, notes)
        done(some.map(({ held }) => held))
      }
    } catch (error) {
      failure = error
      const hopeless = isRefusal(error) ? remaining.filter(({ id }) => (tries.get(id) ?? 0) >= mostTries) : []
      failed.push(...hopeless)
      done(hopeless)
      if (performance.now() > request.giveUp) break
    }
    if (remaining.length > 0) await sleep(idle ? pause.long : pause.short)
  }
  failed.push(...remaining)
  return { notes, failed, ...(failed.length > 0 ? { error: failure } : {}) }
}

/** Whether the engine's daemon was started anew since. Asked only when something paused has ended, which is rare. */
async function hasRestarted(
  { docker, engineStart }: ReleaseRequest,
  remaining: readonly HeldContainer[],
  now: readonly Container[],
): Promise<boolean> {
  const ended = remaining.some(
    ({ id, how }) => how === 'pause' && now.some((each) => each.id === id && !isAlive(each)),
  )
  return ended && engineStart !== undefined && (await docker().engineStart()) !== engineStart
}

/** The engine has answered, with no. */
function isRefusal(error: unknown): boolean {
  return isVolError(error) && error.code !== 'DAEMON_UNREACHABLE'
}

function tell(releases: readonly Release[], notes: string[]): void {
  for (const { note } of releases) if (note !== undefined) notes.push(note)
}

function isOver({ act }: Release, settled: number): boolean {
  return act.do === 'nothing' && (!act.unsettled || performance.now() >= settled)
}

/** What can be done now: a stopped container once all that it depends on are started, and healthy if it says so. */
function due(
  releases: readonly Release[],
  all: readonly HeldContainer[],
  now: readonly Container[],
  waitFor: { readonly orders: boolean; readonly health: boolean },
): readonly Release[] {
  const stopped = releases.filter(
    ({ held, act }) => held.how === 'stop' && (waitFor.orders || act.do === 'start'),
  )
  const [first = []] = startOrder(stopped.map(({ held }) => held))
  return releases.filter(({ held, act }) => {
    if (act.do !== 'start' || held.how === 'pause') return act.do !== 'nothing'
    if (!first.includes(held)) return false
    return !waitFor.health || !all.some((other) => needsHealthy(held, other) && isStarting(other, now))
  })
}

function isStarting({ id }: HeldContainer, now: readonly Container[]): boolean {
  return now.some((container) => container.id === id && container.health === 'starting')
}
