import type { StoredSnapshot } from '../snapshots/format.ts'
import { snapshotVolume } from '../snapshots/snapshot-volume.ts'
import type { Plan, Step } from './step.ts'
import type { World } from './world.ts'

/** What came of a step. */
export type Outcome = { readonly did: 'snapshot'; readonly snapshot: StoredSnapshot }

/** Carries out a plan, step by step, deciding nothing; tells each outcome as soon as it is there. */
export async function execute(
  world: World,
  plan: Plan,
  told: (outcome: Outcome) => Promise<void>,
): Promise<void> {
  for (const step of plan.steps) {
    world.signal.throwIfAborted()
    await told(await carryOut(world, step))
  }
}

async function carryOut(world: World, step: Step): Promise<Outcome> {
  switch (step.do) {
    case 'snapshot':
      return { did: 'snapshot', snapshot: await snapshotVolume(world, step) }
    default:
      throw new Error(step.do)
  }
}
