import { VolError } from '../errors.ts'
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
  const { replacedBy, paths } = copy.config.undo
  const why = `${target.name} held this until ${replacedBy === '-' ? 'an archive' : replacedBy} was restored`
  if (paths !== undefined && target.observed === undefined)
    throw new VolError(
      'VOLUME_NOT_FOUND',
      `The volume "${target.name}" is gone; ${formatReference(copy)} holds only the paths that a restore replaced.`,
      { suggestions: [`docker vol restore ${formatReference(copy)} makes a volume of just these.`] },
    )
  const { steps } = paths === undefined ? planRestore(copy, target) : planRestorePaths(copy, target, paths)
  return {
    steps: steps.map((step) => {
      if (step.do !== 'restore' && step.do !== 'restore-paths') return step
      const because = step.hold === undefined ? why : `${why}; ${step.hold.why}`
      const undo = { ...step, takenBy: 'undo', why: because } as const
      return undo.do === 'restore-paths' ? { ...undo, exact: true } : undo
    }),
  }
}

/**
 * The undo copies that have had their time: older than `keep` milliseconds, and not the last of their volume, which
 * stays until another restore has one. All of them when `keep` is 0.
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

/** When an undo copy has had its time; undefined while it is the last of its volume. */
export function keptUntil(
  copy: UndoSnapshot,
  copies: readonly StoredSnapshot[],
  keep: number,
): Date | undefined {
  const [last] = undoCopies(copies, copy.volume)
  if (keep > 0 && last?.id === copy.id) return undefined
  return new Date(new Date(copy.config.undo.at).getTime() + keep)
}
