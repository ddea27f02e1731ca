import type { StoredSnapshot } from '../snapshots/format.ts'
import { compareIds } from '../snapshots/id.ts'
import { isUndoCopy } from '../snapshots/undo-copy.ts'
import { isBooted, isKnownDamaged, isVerified } from '../snapshots/verification.ts'

/** How many are kept; a rule that is left out keeps none. */
export type KeepRules = {
  /** The newest so many. */
  readonly last?: number
  /** The newest one of each of the newest so many days that have one; so for the others. */
  readonly daily?: number
  readonly weekly?: number
  readonly monthly?: number
  readonly yearly?: number
  /** Milliseconds: all that are no older than so much when the newest one was taken. */
  readonly within?: number
}

/** Of one snapshot: why it stays, in words; nothing when it goes. */
export type Retention = { readonly snapshot: StoredSnapshot; readonly keep: readonly string[] }

/** Milliseconds by which a clock may be ahead of ours and still be believed. */
const tolerance = 24 * 60 * 60 * 1000

/**
 * Decides which snapshots of one volume stay, oldest first. Only good ones count: known to be damaged, undo copies
 * and those from the future are left alone and take no other's place. The newest good one always stays. Unless
 * `force` is given, so do the last one that was verified, the last one whose database was booted, and the newest one
 * that was not copied live, whatever the rules say. Days and weeks are those of UTC, so that every machine decides
 * alike; weeks begin on Monday, as in ISO 8601. What stays does not depend on what went before.
 */
export function retain(
  snapshots: readonly StoredSnapshot[],
  rules: KeepRules,
  { now, force }: { readonly now: Date; readonly force: boolean },
): readonly Retention[] {
  const ordered = [...snapshots].sort((one, other) => compareIds(one.id, other.id))
  const apart = new Map(ordered.flatMap((each) => reasonApart(each, now).map((why) => [each, why] as const)))
  const newestFirst = ordered.filter((each) => !apart.has(each)).toReversed()
  const reasons = new Map<StoredSnapshot, string[]>(newestFirst.map((each) => [each, []]))
  const keep = (snapshot: StoredSnapshot | undefined, why: string) => {
    if (snapshot !== undefined) reasons.get(snapshot)?.push(why)
  }
  const [newest] = newestFirst
  keep(newest, 'the newest')
  if (!force) {
    keep(newestFirst.find(isVerified), 'the last verified one')
    keep(newestFirst.find(isBooted), 'the last one whose database was booted')
    keep(newestFirst.find(wasHeldStill), 'the newest one that was not copied live')
  }
  for (const snapshot of newestFirst.slice(0, rules.last ?? 0)) keep(snapshot, `among the last ${rules.last}`)
  const { within } = rules
  if (within !== undefined && newest !== undefined)
    for (const snapshot of newestFirst)
      if (timeOf(newest) - timeOf(snapshot) <= within) keep(snapshot, 'recent enough')
  for (const { name, of } of periods)
    for (const [period, snapshot] of newestOfEach(newestFirst, of, rules[name] ?? 0))
      keep(snapshot, `the newest of ${period}`)
  return ordered.map((snapshot) => {
    const why = apart.get(snapshot)
    return { snapshot, keep: why === undefined ? (reasons.get(snapshot) ?? []) : [why] }
  })
}

/** Whether any rule keeps anything. */
export function keepsSomething(rules: KeepRules): boolean {
  return Object.values(rules).some((rule) => rule > 0)
}

/** Why a snapshot takes no part; nothing when it does. */
function reasonApart(snapshot: StoredSnapshot, now: Date): readonly string[] {
  if (isUndoCopy(snapshot)) return ['an undo copy, which goes by its age']
  if (isKnownDamaged(snapshot)) return ['damaged, counts for nothing; docker vol rm removes it']
  const time = timeOf(snapshot)
  if (Number.isNaN(time)) return ['its time cannot be read']
  if (time > now.getTime() + tolerance) return ['its time lies in the future']
  return []
}

function wasHeldStill({ config }: StoredSnapshot): boolean {
  return config.consistency.method !== 'live'
}

function timeOf({ config }: StoredSnapshot): number {
  return Date.parse(config.created)
}

function newestOfEach(
  newestFirst: readonly StoredSnapshot[],
  periodOf: (time: Date) => string,
  count: number,
): ReadonlyMap<string, StoredSnapshot> {
  const found = new Map<string, StoredSnapshot>()
  for (const snapshot of newestFirst) {
    const period = periodOf(new Date(timeOf(snapshot)))
    if (!found.has(period) && found.size < count) found.set(period, snapshot)
  }
  return found
}

const periods = [
  { name: 'daily', of: (time) => time.toISOString().slice(0, 10) },
  { name: 'weekly', of: weekOf },
  { name: 'monthly', of: (time) => time.toISOString().slice(0, 7) },
  { name: 'yearly', of: (time) => time.toISOString().slice(0, 4) },
] as const satisfies readonly { name: keyof KeepRules; of: (time: Date) => string }[]

/** The week by ISO 8601: that of its Thursday, `2026-W48`. */
function weekOf(time: Date): string {
  const day = 24 * 60 * 60 * 1000
  const midnight = Date.UTC(time.getUTCFullYear(), time.getUTCMonth(), time.getUTCDate())
  const thursday = new Date(midnight + (3 - ((time.getUTCDay() + 6) % 7)) * day)
  const year = thursday.getUTCFullYear()
  const week = Math.floor((thursday.getTime() - Date.UTC(year, 0, 1)) / (7 * day)) + 1
  return `${year}-W${String(week).padStart(2, '0')}`
}
