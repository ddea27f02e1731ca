import { isHelper } from '../docker/observe.ts'
import type { Container } from '../facts.ts'
import type { HeldContainer } from './held-container.ts'
import { mountsWritable, writersOf } from './plan-hold.ts'

/** What was true when the hold was complete. */
export type CompleteHold = {
  readonly volumes: readonly string[]
  readonly held: readonly HeldContainer[]
  /** IDs of containers that were paused by somebody else. */
  readonly leftPaused: readonly string[]
  /** Every container that there was, with the time of its last start, by ID. */
  readonly starts: ReadonlyMap<string, string>
}

/**
 * Why somebody may have written one of the volumes since the hold was complete; undefined when nobody can have. One that
 * was removed or has ended says nothing of itself: what it wrote before, files show.
 */
export function brokenBecause(hold: CompleteHold, now: readonly Container[]): string | undefined {
  for (const { id, how, startedAt } of hold.held) {
    const container = now.find((each) => each.id === id)
    if (container === undefined) continue
    const isHeld =
      container.state !== 'running' && container.state !== 'restarting' && container.startedAt === startedAt
    if (!isHeld)
      return `the container "${container.name}", which was ${how === 'pause' ? 'paused' : 'stopped'} for this, was let go on by somebody else`
  }
  const held = new Set(hold.held.map(({ id }) => id))
  for (const container of writersOf(now, hold.volumes)) {
    if (held.has(container.id)) continue
    if (hold.leftPaused.includes(container.id) && container.state === 'paused') continue
    return `the container "${container.name}" has begun to run, and can write the volume`
  }
  const ran = now.find(
    (container) =>
      !held.has(container.id) &&
      container.state !== 'created' &&
      hold.starts.get(container.id) !== container.startedAt &&
      mountsWritable(container, hold.volumes) &&
      !isHelper(container),
  )
  return ran === undefined ? undefined : `the container "${ran.name}" ran meanwhile, and can write the volume`
}
