import { VolError } from '../errors.ts'
import type { KeepSnapshotStep, Plan, Step } from '../plan/step.ts'
import type { StoredSnapshot } from '../snapshots/format.ts'
import { formatReference, type SnapshotReference } from '../snapshots/reference.ts'
import { isUndoCopy } from '../snapshots/undo-copy.ts'
import { isKnownDamaged } from '../snapshots/verification.ts'
import { expiredUndoCopies } from './undo.ts'
import { keepsSomething, retain, type KeepRules } from './retention.ts'
import { keepSetsWhole } from './whole-sets.ts'

/** What a snapshot in the trash is known by; `until` is ISO 8601. */
export type Trashed = SnapshotReference & { readonly until: string }

export type PruneOptions = {
  readonly rules: KeepRules
  /** Milliseconds that what is removed stays in the trash; 0 removes it at once. */
  readonly grace: number
  /** Milliseconds that undo copies are kept; the rules are not for them. */
  readonly undoKeep: number
  /** Whether undo copies alone are meant: then there need not be any rules. */
  readonly onlyUndoCopies: boolean
  /** Whether the last verified one may go, too. */
  readonly force: boolean
  /** The volumes whose snapshots are meant; all unless given. */
  readonly among?: ReadonlySet<string>
  readonly now: Date
}

/**
 * Removes the snapshots that no rule keeps, volume by volume, and the undo copies that have had their time; empties the
 * trash of what is past its own. What stays keeps the others of its set, also when it is of a volume that is not meant.
 * With snapshots that stay comes why. Fails with USAGE when no rule keeps anything.
 */
export function planPrune(
  snapshots: readonly StoredSnapshot[],
  trashed: readonly Trashed[],
  options: PruneOptions,
): Plan {
  const { rules, grace, force, now, undoKeep, onlyUndoCopies } = options
  if (!keepsSomething(rules) && !onlyUndoCopies)
    throw new VolError(
      'USAGE',
      'say what to keep: --keep-last, --keep-daily, --keep-weekly, --keep-monthly, --keep-yearly or --keep-within; or --undo-keep for undo copies alone',
    )
  const until = new Date(now.getTime() + grace).toISOString()
  const remove = ({ volume, id }: SnapshotReference, why: string): Step =>
    grace > 0
      ? { do: 'trash-snapshot', volume, id, until, why }
      : { do: 'remove-snapshot', volume, id, why: `${why}, and there is no grace time` }
  const hadTheirTime = new Set(expiredUndoCopies(snapshots, now, undoKeep).map(formatReference))
  const isExpired = (snapshot: StoredSnapshot) => hadTheirTime.has(formatReference(snapshot))
  const isMeant = ({ volume }: SnapshotReference) => options.among?.has(volume) ?? true
  const candidates = onlyUndoCopies ? snapshots.filter(isUndoCopy) : snapshots
  const decisions = [...byVolume(candidates).values()]
    .flatMap((ofVolume) => retain(ofVolume, rules, { now, force }))
    .map((decision) => (isExpired(decision.snapshot) ? { ...decision, keep: [] } : decision))
  const steps = keepSetsWhole(decisions)
    .filter(({ snapshot }) => isMeant(snapshot))
    .map(({ snapshot, keep }) => {
      if (keep.length > 0) return kept(snapshot, keep)
      return remove(snapshot, isExpired(snapshot) ? 'an undo copy that has had its time' : 'no rule keeps it')
    })
  return { steps: [...steps, ...expired(snapshots.filter(isMeant), trashed.filter(isMeant), now)] }
}

/** Brings snapshots back from the trash. Fails with SNAPSHOT_NOT_FOUND for one that is not there. */
export function planUndelete(
  wanted: readonly SnapshotReference[],
  trashed: readonly SnapshotReference[],
): Plan {
  const once = new Map(wanted.map((reference) => [formatReference(reference), reference]))
  const there = new Set(trashed.map(formatReference))
  for (const reference of once.keys())
    if (!there.has(reference))
      throw new VolError('SNAPSHOT_NOT_FOUND', `The snapshot "${reference}" is not in the trash.`, {
        suggestions: ['docker vol snapshots --trash shows what is.'],
      })
  return {
    steps: [...once.values()].map(({ volume, id }) => ({
      do: 'untrash-snapshot',
      volume,
      id,
      why: 'asked for',
    })),
  }
}

/** What `--filter` can ask of a volume, by what its newest snapshot recorded. */
export const snapshotFilters: Readonly<Record<string, (newest: StoredSnapshot, value: string) => boolean>> = {
  name: ({ volume }, value) => volume.includes(value),
  project: ({ config }, value) => config.compose?.project === value,
  label({ config }, value) {
    const [key = '', ...rest] = value.split('=')
    const { labels } = config.volume
    const label = Object.hasOwn(labels, key) ? labels[key] : undefined
    return label !== undefined && (rest.length === 0 || label === rest.join('='))
  },
}

/** The snapshots of the volumes whose newest one passes. Never only some of a volume: those that are left count. */
export function ofVolumesThat(
  pass: (newest: StoredSnapshot) => boolean,
  snapshots: readonly StoredSnapshot[],
): readonly StoredSnapshot[] {
  return [...byVolume(snapshots).values()].flatMap((ofVolume) => {
    const newest = ofVolume.reduce((one, other) => (other.id > one.id ? other : one))
    return pass(newest) ? ofVolume : []
  })
}

function kept({ volume, id }: SnapshotReference, reasons: readonly string[]): KeepSnapshotStep {
  return { do: 'keep-snapshot', volume, id, why: reasons.join(', ') }
}

/** As when a store cleans up: where no good snapshot is listed, the trash holds the best there is. */
function expired(
  snapshots: readonly StoredSnapshot[],
  trashed: readonly Trashed[],
  now: Date,
): readonly Step[] {
  const safe = new Set(
    snapshots.filter((each) => !isKnownDamaged(each) && !isUndoCopy(each)).map(({ volume }) => volume),
  )
  return trashed
    .filter(({ volume, until }) => safe.has(volume) && Date.parse(until) <= now.getTime())
    .map(({ volume, id, until }) => ({
      do: 'remove-snapshot',
      volume,
      id,
      why: `in the trash, its time was over at ${until}`,
    }))
}

function byVolume(snapshots: readonly StoredSnapshot[]): ReadonlyMap<string, readonly StoredSnapshot[]> {
  const volumes = new Map<string, StoredSnapshot[]>()
  for (const snapshot of [...snapshots].sort((one, other) => (one.volume < other.volume ? -1 : 1))) {
    const list = volumes.get(snapshot.volume)
    if (list === undefined) volumes.set(snapshot.volume, [snapshot])
    else list.push(snapshot)
  }
  return volumes
}
