import type { Container } from '../facts.ts'
import type { HeldContainer } from './held-container.ts'
import { concernedBy, heldContainer, planHold, type Hold } from './plan-hold.ts'

/** What a look at the engine shows of a hold that is being made. */
export type Look = {
  /** Can write, and can be paused or stopped now. */
  readonly ready: readonly HeldContainer[]
  /** Names of those that are just starting again or being removed: neither can be done to them yet. */
  readonly restless: readonly string[]
  /** IDs of those that somebody else has paused. */
  readonly leftPaused: readonly string[]
}

/** Sorts the containers that can write the volumes; `held` are those that the hold has paused or stopped so far. */
export function lookAt(now: readonly Container[], hold: Hold, held: readonly HeldContainer[]): Look {
  const ready: HeldContainer[] = []
  const restless: string[] = []
  const leftPaused: string[] = []
  // One that was not there when the hold was planned may be a database as well.
  const { containers: planned } = planHold(now, { ...hold, databases: hold.volumes })
  for (const container of concernedBy(now, hold)) {
    const { id, name, state } = container
    if (state === 'paused') {
      if (!held.some((each) => each.id === id)) leftPaused.push(id)
      continue
    }
    const plan = [...hold.containers, ...planned].find((each) => each.id === id)
    if (plan !== undefined && (state === 'running' || (state === 'restarting' && plan.how === 'stop')))
      ready.push(heldContainer(container, plan, hold.volumes))
    else restless.push(name)
  }
  return { ready, restless, leftPaused }
}

/**
 * Those that were held a moment ago and had just been started anew, by their restart policy say, when that took effect:
 * as they are now. Without it their start would later be taken for somebody else's.
 */
export function startedBeforeHeld(
  now: readonly Container[],
  held: readonly HeldContainer[],
): readonly HeldContainer[] {
  return held.flatMap((each) => {
    const container = now.find(({ id }) => id === each.id)
    const isHeld = container?.state === (each.how === 'pause' ? 'paused' : 'exited')
    return container === undefined || !isHeld || container.startedAt === each.startedAt
      ? []
      : [{ ...each, startedAt: container.startedAt }]
  })
}
