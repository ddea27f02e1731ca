import { execute, type Outcome } from '../plan/execute.ts'
import { planAsJson, renderPlan } from '../plan/render.ts'
import { isDestructive, type Plan } from '../plan/step.ts'
import type { World } from '../plan/world.ts'
import { confirmation, demand } from './confirm.ts'
import type { CommandContext } from './context.ts'
import { safeText } from './safe-text.ts'

type PlanFlags = {
  readonly 'dry-run': boolean
  readonly yes?: boolean
  readonly format?: 'table' | 'json'
}

/** The last three lines of every command: show the plan and stop, or ask, carry it out and report each outcome. */
export async function carryOut(
  context: CommandContext,
  world: World,
  plan: Plan,
  flags: PlanFlags,
  report: (outcome: Outcome) => Promise<void>,
  question?: string,
): Promise<void> {
  if (flags['dry-run']) {
    if (flags.format === 'json')
      await context.terminal.out(
        planAsJson(plan)
          .map((step) => `${JSON.stringify(step)}\n`)
          .join(''),
      )
    else await context.terminal.out(safeText(renderPlan(plan)))
    return
  }
  for (const note of plan.notes ?? []) world.progress.message(note)
  if (question !== undefined && plan.steps.some(isDestructive))
    await demand(confirmation(context, { yes: flags.yes ?? false }), question)
  await execute(world, plan, report)
}
