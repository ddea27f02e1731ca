import type { Hold } from '../holds/plan-hold.ts'
import { formatReference } from '../snapshots/reference.ts'
import { formatSet } from '../snapshots/sets.ts'
import { printableText } from '../tar/name.ts'
import type { Plan, Step } from './step.ts'

/** Characters of a step up to which reasons stand below each other; a longer one does not move those of others. */
const widest = 72

/** A plan as people read it: one line a step, what and why. */
export function renderPlan(plan: Plan): string {
  const lines = plan.steps.flatMap((step, index) => [
    ...(holdOf(step)?.containers ?? []).map(({ name, how, why }) => ({
      act: `   ${how} ${name}${holdOf(step)?.stays === true ? '' : ' meanwhile'}`,
      why,
    })),
    { act: `${index + 1}. ${describe(step)}`, why: step.why },
    ...(holdOf(step)?.starts ?? []).map(({ name }) => ({
      act: `   start ${name} then`,
      why: 'left stopped when this was replaced, which it can use again',
    })),
  ])
  const width = Math.max(0, ...lines.map(({ act }) => act.length).filter((length) => length <= widest))
  const notes = (plan.notes ?? []).map((note) => `# ${note}\n`)
  return [...notes, ...lines.map(({ act, why }) => `${act.padEnd(width)}  # ${why}\n`)].join('')
}

/** A plan as programs read it. */
export function planAsJson(plan: Plan): readonly unknown[] {
  return plan.steps.map((step) => {
    const { containers: held, starts } = holdOf(step) ?? {}
    return {
      Step: step.do,
      Does: describe(step),
      Why: step.why,
      ...(held === undefined
        ? {}
        : { Holds: held.map(({ name, how, why }) => ({ Container: name, How: how, Why: why })) }),
      ...(starts === undefined ? {} : { Starts: starts.map(({ name }) => ({ Container: name })) }),
    }
  })
}

/** Who is held for a step. */
function holdOf(step: Step): Hold | undefined {
  if (step.do === 'rehearse-migration') return holdOf(step.take)
  return 'hold' in step ? step.hold : undefined
}

const nameOfMethod = { upgrade: 'pg_upgrade', dump: 'dump and restore' } as const

/** What a step does, in a few words. */
export function describe(step: Step): string {
  switch (step.do) {
    case 'snapshot':
      return `snapshot ${step.observed.volume.name} (${step.method})`
    case 'snapshot-native':
      return `snapshot ${step.observed.volume.name} (native)`
    case 'snapshot-held':
      return `snapshot ${step.volumes.map(({ observed, method }) => `${observed.volume.name} (${method})`).join(', ')}`
    case 'export':
      return `write ${step.observed.volume.name} (${step.method}) as a tar to ${step.output === '-' ? 'standard output' : step.output}`
    case 'restore':
      return `restore ${formatReference(step.snapshot)} ${target(step)}`
    case 'restore-paths':
      return `restore ${step.paths.map(printableText).join(', ')} from ${formatReference(step.snapshot)} ${target(step)}`
    case 'restore-set':
      return `restore ${formatSet(step.set)}: ${step.restores.map((each) => `${formatReference(each.snapshot)} ${target(each)}`).join(', ')}`
    case 'import':
      return `restore the archive ${step.from === '-' ? 'on standard input' : step.from} ${target(step)}`
    case 'clone':
      return `copy ${step.observed.volume.name} (${step.method}) to ${step.make === undefined ? '' : 'the new volume '}${step.to}`
    case 'remove-snapshot':
      return `remove snapshot ${formatReference(step)}`
    case 'keep-snapshot':
      return `keep snapshot ${formatReference(step)}`
    case 'trash-snapshot':
      return `move snapshot ${formatReference(step)} to the trash until ${step.until}`
    case 'rehearse-migration': {
      const { observed, from, to, method } = step.migration
      const how = `${nameOfMethod[method]} from ${from.major} to ${to.version}`
      return `${describe(step.take)}, and try ${how} on a copy of ${observed.volume.name}`
    }
    case 'migrate': {
      const { observed, to, method, place } = step.migration
      const where = `${step.into === undefined ? 'over the contents of' : 'into the new volume'} ${step.into?.name ?? observed.volume.name}`
      return `migrate a copy of ${observed.volume.name} to ${to.reference} by ${nameOfMethod[method]}, and put it ${where}, to be mounted at ${place.mountPath}`
    }
    case 'untrash-snapshot':
      return `bring snapshot ${formatReference(step)} back from the trash`
  }
}

function target({
  make,
  replace,
  volume,
}: {
  readonly make?: object
  readonly replace?: boolean
  readonly volume: string
}): string {
  if (make !== undefined) return `into the new volume ${volume}`
  return replace === true ? `over the contents of ${volume}` : `into ${volume}`
}
