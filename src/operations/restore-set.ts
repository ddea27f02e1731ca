import { VolError } from '../errors.ts'
import type { Volume } from '../facts.ts'
import type { ContainerToHold, Hold } from '../holds/plan-hold.ts'
import type { Plan, RestoreSetStep, RestoreStep } from '../plan/step.ts'
import type { SnapshotSet, StoredSnapshot } from '../snapshots/format.ts'
import { formatReference } from '../snapshots/reference.ts'
import type { FoundSet } from '../snapshots/sets.ts'
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

/**
 * Which members of a set are restored when these volumes are named, or none; and what a reader should know of the others.
 * Neither folders of the host nor anonymous volumes that are gone, since nobody could use these, are restored unasked.
 */
export function whatToRestore(
  { set, snapshots, missing }: FoundSet,
  members: readonly StoredSnapshot[],
  { named, volumes }: { readonly named: readonly string[]; readonly volumes: readonly Volume[] },
): { readonly chosen: readonly StoredSnapshot[]; readonly notes: readonly string[] } {
  const isThere = (name: string) => volumes.some((volume) => volume.name === name)
  const reasons = new Map<string, string>()
  for (const { volume, id, config } of members) {
    if (named.includes(volume)) continue
    const isAnonymous = config.volume.labels['com.docker.volume.anonymous'] !== undefined
    if (config.folder !== undefined)
      reasons.set(
        volume,
        `${config.folder.path} is not written: docker vol restore --into VOLUME ${volume}@${id} restores it.`,
      )
    else if (isAnonymous && !isThere(volume))
      reasons.set(volume, `${volume} was anonymous and is gone with its container: it is not made again.`)
  }
  const chosen = members.filter(({ volume }) => !reasons.has(volume))
  const inSet = [...snapshots.map(({ volume }) => volume), ...missing]
  const unasked = inSet.filter((name) => !members.some(({ volume }) => volume === name))
  const others = volumes.filter(
    ({ name, labels }) => labels['com.docker.compose.project'] === set.project && !inSet.includes(name),
  )
  return {
    // With nothing else to restore, a plan is refused for what there is.
    chosen: chosen.length === 0 ? members : chosen,
    notes: [
      ...(chosen.length === 0 ? [] : reasons.values()),
      ...unasked.map((name) => `${name} is in the set, but was not asked for: it stays as it is.`),
      ...others.map(({ name }) => `${name} is of the project, but not in the set: it stays as it is.`),
    ],
  }
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
