import { VolError } from '../errors.ts'
import type { ContainerToHold, Hold } from '../holds/plan-hold.ts'
import type { Plan, RestoreSetStep, RestoreStep } from '../plan/step.ts'
import type { SnapshotSet, StoredSnapshot } from '../snapshots/format.ts'
import { formatReference } from '../snapshots/reference.ts'
import { planRestore, type Target } from './restore.ts'

/** A snapshot of a set, and what is known of the volume that it is of. */
export type SetMember = { readonly snapshot: StoredSnapshot; readonly target: Target }

/**
 * The volumes of a project as they were, all or none: everybody who uses one of them is stopped until the last is
 * switched. Fails as `planRestore` does for each of them.
 */
export function planRestoreSet(
  set: SnapshotSet,
  members: readonly SetMember[],
  how: { readonly takenBy?: 'undo'; readonly why: string },
): Plan {
  const each = members.map(({ snapshot, target }) => onlyStep(snapshot, target))
  const hold = together(each)
  const step: RestoreSetStep = {
    do: 'restore-set',
    set,
    restores: each.map(({ hold: _own, ...restore }) => ({
      ...restore,
      ...(how.takenBy === undefined ? {} : { takenBy: how.takenBy }),
    })),
    ...(hold === undefined ? {} : { hold }),
    why: hold === undefined ? how.why : `${how.why}; ${hold.why}`,
  }
  return { steps: [step] }
}

function onlyStep(snapshot: StoredSnapshot, target: Target): RestoreStep {
  const [step, more] = planRestore(snapshot, target).steps
  if (step?.do === 'restore' && more === undefined) return step
  throw new VolError('USAGE', `${formatReference(snapshot)} can only be restored by itself.`, {
    suggestions: ['Name the other volumes of the set to restore these together.'],
  })
}

/** One hold of everybody, also of who may begin to use a volume that nobody uses now. */
function together(steps: readonly RestoreStep[]): Hold | undefined {
  const holds = steps.flatMap(({ hold }) => (hold === undefined ? [] : [hold]))
  const [first] = holds
  if (first === undefined) return undefined
  const containers = new Map<string, ContainerToHold>()
  for (const each of holds.flatMap((hold) => hold.containers)) {
    const graceSeconds = Math.max(each.graceSeconds, containers.get(each.id)?.graceSeconds ?? 0)
    containers.set(each.id, { ...each, graceSeconds })
  }
  const names = [...containers.values()].map(({ name }) => `"${name}"`)
  const who =
    names.length === 1
      ? `container ${names[0]} uses them, and is`
      : `containers ${names.join(', ')} use them, and are`
  return {
    ...first,
    volumes: steps.map(({ volume }) => volume),
    containers: [...containers.values()],
    why: `${who} stopped until all are switched, then started again`,
  }
}
