import { planSnapshot } from '../../src/operations/snapshot.ts'
import { execute, type Outcome } from '../../src/plan/execute.ts'
import type { Plan } from '../../src/plan/step.ts'
import type { World } from '../../src/plan/world.ts'
import type { StoredSnapshot } from '../../src/snapshots/format.ts'
import type { Flow } from './world.ts'

/** Carries a plan out and gives what came of each step. */
export async function outcomesOf(world: World, plan: Plan): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = []
  await execute(world, plan, async (outcome) => void outcomes.push(outcome))
  return outcomes
}

/** Takes a snapshot of an idle volume. */
export async function snapshotOf(here: Flow, volume: string): Promise<StoredSnapshot> {
  const [outcome] = await outcomesOf(
    here.world,
    planSnapshot([await here.observe(volume)], { consistency: 'auto' }),
  )
  if (outcome?.did !== 'snapshot') throw new Error('no snapshot came of it')
  return outcome.snapshot
}
