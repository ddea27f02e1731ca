import { VolError } from '../errors.ts'
import type { StoredSnapshot } from '../snapshots/format.ts'
import { formatReference } from '../snapshots/reference.ts'
import { formatSet, membersOf, setsOf, type FoundSet } from '../snapshots/sets.ts'
import { isUndoCopy } from '../snapshots/undo-copy.ts'
import { lastUndoCopy } from './undo.ts'

/** What a restore of a project replaced, as something to take back. */
export type UndoSet = {
  readonly found: FoundSet
  /** The undo copies of all its volumes, or of those that were named. */
  readonly members: readonly StoredSnapshot[]
  /** What was restored then, and when (ISO 8601). */
  readonly replacedBy: string
  readonly at: string
  /** What a reader should know, a sentence each. */
  readonly notes: readonly string[]
}

/**
 * The last restore of a project's volumes together. Fails with NOTHING_TO_UNDO when there was none, and as `membersOf`
 * does when an undo copy is missing.
 */
export function lastUndoSet(
  snapshots: readonly StoredSnapshot[],
  project: string,
  named: readonly string[],
  damaged: ReadonlySet<string>,
): UndoSet {
  const found = setsOf(snapshots)
    .filter(({ set, snapshots: members }) => set.project === project && members.every(isUndoCopy))
    .toSorted((one, other) => (atOf(one) < atOf(other) ? 1 : -1))[0]
  if (found === undefined)
    throw new VolError(
      'NOTHING_TO_UNDO',
      `The store holds nothing that a restore of the project "${project}" replaced.`,
      { suggestions: ['docker vol undo --list shows what can be taken back of single volumes.'] },
    )
  const members = membersOf(found, named, damaged)
  const replacements = members.flatMap(({ config }) => config.undo?.replacedBy ?? [])
  const restored = snapshots.find((each) => replacements.includes(formatReference(each)))?.config.set
  return {
    found,
    members,
    replacedBy: restored === undefined ? replacements.join(', ') : formatSet(restored),
    at: atOf(found),
    notes: [
      ...members.flatMap((member) => replacedSince(member, snapshots)),
      ...(restored?.volumes ?? [])
        .filter((volume) => !found.set.volumes.includes(volume) && named.length === 0)
        .filter((volume) => !members.some((member) => member.volume === volume))
        .map((volume) => `${volume} held nothing before, or was not restored: it stays as it is.`),
    ],
  }
}

function atOf({ snapshots }: FoundSet): string {
  return snapshots.map(({ config }) => config.undo?.at ?? '').toSorted()[0] ?? ''
}

function replacedSince(member: StoredSnapshot, snapshots: readonly StoredSnapshot[]): readonly string[] {
  const last = lastUndoCopy(snapshots, member.volume)
  if (last.id === member.id) return []
  return [
    `${member.volume} was restored again since, from ${last.config.undo.replacedBy}: that is taken back as well.`,
  ]
}
