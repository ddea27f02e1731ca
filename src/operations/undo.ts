import { VolError } from '../errors.ts'
import { containerToStart, type Hold } from '../holds/plan-hold.ts'
import type { Plan } from '../plan/step.ts'
import type { StoredSnapshot, UndoCopy } from '../snapshots/format.ts'
import { formatReference } from '../snapshots/reference.ts'
import { planRestore, planRestorePaths, type Target } from './restore.ts'

/** A snapshot of what a restore replaced. */
export type UndoSnapshot = StoredSnapshot & { readonly config: { readonly undo: UndoCopy } }

/** The undo copies among snapshots, of all volumes or one: that of the last restore first. */
export function undoCopies(snapshots: readonly StoredSnapshot[], volume?: string): readonly UndoSnapshot[] {
  return snapshots
    .filter(isUndoSnapshot)
    .filter((snapshot) => volume === undefined || snapshot.volume === volume)
    .toSorted((one, other) => compare(other, one))
}

function isUndoSnapshot(snapshot: StoredSnapshot): snapshot is UndoSnapshot {
  return snapshot.config.undo !== undefined
}

/** By when they were replaced; what was kept late because of an interruption is not newer for that. */
function compare(one: UndoSnapshot, other: UndoSnapshot): number {
  const [first, second] = [one, other].map(({ config, id }) => `${config.undo.at} ${id}`)
  return (first ?? '') < (second ?? '') ? -1 : 1
}

/** The last restore of a volume, or of all, as something to take back. Fails with NOTHING_TO_UNDO. */
export function lastUndoCopy(snapshots: readonly StoredSnapshot[], volume: string | undefined): UndoSnapshot {
  const [last] = undoCopies(snapshots, volume)
  if (last !== undefined) return last
  const of = volume === undefined ? '' : ` of the volume "${volume}"`
  throw new VolError('NOTHING_TO_UNDO', `The store holds no undo copy${of}.`)
}

/**
 * Brings back what a restore replaced, by a restore, which can be undone as well: the whole volume, made anew if it is
 * gone, or just the paths that it was about.
 */
export function planUndo(copy: UndoSnapshot, target: Target): Plan {
  const { paths, stopped } = copy.config.undo
  const why = `${target.name} held this until ${whatHappened(copy)}`
  if (paths !== undefined && target.observed === undefined)
    throw new VolError(
      'VOLUME_NOT_FOUND',
      `The volume "${target.name}" is gone; ${formatReference(copy)} holds only the paths that a restore replaced.`,
      { suggestions: [`docker vol restore ${formatReference(copy)} makes a volume of just these.`] },
    )
  const { steps } = paths === undefined ? planRestore(copy, target) : planRestorePaths(copy, target, paths)
  const undo = steps.map((step) => {
    if (step.do !== 'restore' && step.do !== 'restore-paths') return step
    const hold = stopped === undefined ? step.hold : stayingStopped(copy, target, step.hold)
    const because = step.hold === undefined || hold === undefined ? why : `${why}; ${hold.why}`
    const undone = { ...step, ...(hold && { hold }), takenBy: 'undo', why: because } as const
    if (undone.do === 'restore-paths') return { ...undone, exact: true }
    return stopped === undefined ? undone : { ...undone, otherVersion: true }
  })
  const notes = undo.flatMap((step) =>
    'hold' in step && step.hold?.stays === true && step.hold.containers.length > 0
      ? [`${step.hold.why}. Give them the image that they had before, and docker compose up.`]
      : [],
  )
  return { steps: undo, ...(notes.length === 0 ? {} : { notes }) }
}

/** What took its place: `pgdata@… was restored`, `it was migrated to postgres:17`. */
export function whatHappened({ config: { undo } }: UndoSnapshot): string {
  if (undo.takenBy === 'migration') return `it was migrated to ${undo.replacedBy}`
  return `${undo.replacedBy === '-' ? 'an archive' : undo.replacedBy} was restored`
}

/**
 * Whoever runs on what is there now could not use what comes back, which is of another version. Those that ran on that
 * are started, as far as they are still there. Undefined when there is neither.
 */
function stayingStopped(
  { config: { undo } }: UndoSnapshot,
  { name, observed }: Target,
  hold: Hold | undefined,
): Hold | undefined {
  const starts = (observed?.consumers ?? [])
    .filter(({ id, state }) => state !== 'removing' && undo.stopped?.some((each) => each.id === id))
    .map((container) => containerToStart(container, [name]))
  const more = { stays: true, ...(starts.length === 0 ? {} : { starts }) }
  if (hold === undefined) {
    const why = 'nothing that runs uses it'
    return starts.length === 0
      ? undefined
      : { volumes: [name], how: 'stop', writes: true, containers: [], why, ...more }
  }
  const names = hold.containers.map((each) => `"${each.name}"`).join(', ')
  return {
    ...hold,
    ...more,
    containers: hold.containers.map((each) => ({ ...each, why: 'it runs another version than comes back' })),
    why: `${names} can use only what is there now, and will stay stopped`,
  }
}

/**
 * The undo copies that have had their time: older than `keep` milliseconds, and neither the last of their volume nor of
 * one set with such a one, which stay until another restore has one. All of them when `keep` is 0.
 */
export function expiredUndoCopies(
  snapshots: readonly StoredSnapshot[],
  now: Date,
  keep: number,
): readonly UndoSnapshot[] {
  const copies = undoCopies(snapshots)
  return copies.filter((copy) => {
    const until = keptUntil(copy, copies, keep)
    return until !== undefined && until <= now
  })
}

/** When an undo copy has had its time; undefined while it, or another of its set, is the last of its volume. */
export function keptUntil(
  copy: UndoSnapshot,
  copies: readonly StoredSnapshot[],
  keep: number,
): Date | undefined {
  const { set } = copy.config
  const together =
    set === undefined
      ? [copy]
      : undoCopies(copies).filter(
          (each) => each.config.set?.id === set.id && each.config.set.project === set.project,
        )
  const isLast = ({ volume, id }: UndoSnapshot) => undoCopies(copies, volume)[0]?.id === id
  if (keep > 0 && together.some(isLast)) return undefined
  return new Date(new Date(copy.config.undo.at).getTime() + keep)
}
