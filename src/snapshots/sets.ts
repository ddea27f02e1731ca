import { VolError } from '../errors.ts'
import { suggest } from '../suggest.ts'
import type { SnapshotSet, StoredSnapshot } from './format.ts'
import { compareIds, isSnapshotId } from './id.ts'
import { quoted } from './quoted.ts'
import { isUndoCopy } from './undo-copy.ts'

/** A set of a project as a person names it: `id` is a whole ID, the beginning of one, or `latest`. */
export type SetReference = { readonly project: string; readonly id: string }

/** What a store has of a set. */
export type FoundSet = {
  readonly set: SnapshotSet
  /** One of each volume, in the order of the set. */
  readonly snapshots: readonly StoredSnapshot[]
  /** Volumes of the set of which there is no snapshot: it was cut off, or they were removed. */
  readonly missing: readonly string[]
}

const beginningOfId = /^[0-9][0-9TZa-f-]{0,20}$/

/** Reads `PROJECT@ID`, `PROJECT@latest` or `PROJECT@PREFIX`. Fails with INVALID_NAME. */
export function parseSetReference(text: string): SetReference {
  const at = text.indexOf('@')
  const project = at === -1 ? text : text.slice(0, at)
  const id = at === -1 ? '' : text.slice(at + 1)
  if (project === '' || (id !== 'latest' && !beginningOfId.test(id)))
    throw new VolError('INVALID_NAME', `${quoted(text)} does not say which snapshots of a project.`, {
      suggestions:
        project === ''
          ? ['Say PROJECT@latest, or an ID such as shop@20261123T071155Z-3f9c.']
          : [`Say ${project}@latest for its newest complete set; docker vol snapshots --no-trunc shows all.`],
    })
  return { project, id }
}

/** `PROJECT@ID`, as it is printed and parsed. */
export function formatSet({ project, id }: SetReference): string {
  return `${project}@${id}`
}

/** The sets that snapshots belong to, oldest first. What belongs to none is left out. */
export function setsOf(snapshots: readonly StoredSnapshot[]): readonly FoundSet[] {
  const members = new Map<string, StoredSnapshot[]>()
  for (const snapshot of snapshots) {
    const { set } = snapshot.config
    if (set === undefined) continue
    const name = formatSet(set)
    const list = members.get(name)
    if (list === undefined) members.set(name, [snapshot])
    else list.push(snapshot)
  }
  return [...members.values()]
    .flatMap(foundSet)
    .toSorted((one, other) => compareIds(one.set.id, other.set.id))
}

function foundSet(members: readonly StoredSnapshot[]): readonly FoundSet[] {
  const set = members[0]?.config.set
  if (set === undefined) return []
  // Of what an undo copy was taken that was still empty when the set was named, belongs to it as well.
  const volumes = [...new Set([...set.volumes, ...members.map(({ volume }) => volume)])]
  const snapshots = volumes.flatMap((volume) => {
    const ofVolume = members.filter((each) => each.volume === volume)
    return ofVolume.toSorted((one, other) => compareIds(other.id, one.id)).slice(0, 1)
  })
  const missing = volumes.filter((volume) => !snapshots.some((each) => each.volume === volume))
  return [{ set, snapshots, missing }]
}

/**
 * The set that a reference means: `latest` is the newest of the whole project (not of some services) that is complete,
 * or that is not because something `damaged` may belong to it. Fails with SNAPSHOT_NOT_FOUND, or with INVALID_NAME when
 * several IDs begin like that.
 */
export function resolveSet(
  reference: SetReference,
  sets: readonly FoundSet[],
  damaged: ReadonlySet<string> = new Set(),
): FoundSet {
  const ofProject = sets.filter(({ set }) => set.project === reference.project).toReversed()
  const asked = ofProject.filter((found) => !found.snapshots.some(isUndoCopy))
  if (asked.length === 0 && !isSnapshotId(reference.id)) throw nothingOfProject(reference, sets)
  if (reference.id === 'latest') {
    const latest = asked.find(
      ({ set, missing }) =>
        set.services === undefined && (missing.length === 0 || missing.some((volume) => damaged.has(volume))),
    )
    return latest ?? fail(`No set of the whole project "${reference.project}" is complete.`, asked)
  }
  // What a restore replaced is meant only by what nothing else could be.
  const candidates = isSnapshotId(reference.id) ? ofProject : asked
  const beginning = candidates.filter(({ set }) => set.id.startsWith(reference.id))
  const [only, more] = beginning
  if (only === undefined) return fail(`There is no set "${formatSet(reference)}".`, asked)
  if (more !== undefined)
    throw new VolError(
      'INVALID_NAME',
      `"${formatSet(reference)}" could be any of ${beginning.length} sets.`,
      { suggestions: beginning.slice(0, 10).map(({ set }) => formatSet(set)) },
    )
  return only
}

function fail(message: string, near: readonly FoundSet[]): never {
  throw new VolError('SNAPSHOT_NOT_FOUND', message, {
    suggestions: near.slice(0, 3).map(({ set, missing }) => {
      const of = set.services === undefined ? '' : ` (of ${set.services.join(', ')} alone)`
      const without = missing.length === 0 ? '' : ` (without ${missing.join(', ')})`
      return `There is ${formatSet(set)}${of}${without}.`
    }),
  })
}

function nothingOfProject({ project }: SetReference, sets: readonly FoundSet[]): VolError {
  const near = suggest(project, [...new Set(sets.map(({ set }) => set.project))])
  return new VolError(
    'SNAPSHOT_NOT_FOUND',
    `The store holds no set of snapshots of the project "${project}".`,
    {
      suggestions: [
        ...near.slice(0, 3).map((each) => `Did you mean ${each}@latest?`),
        `docker vol snapshot --project ${project} takes one.`,
      ],
    },
  )
}

/**
 * The snapshots of a set, of all its volumes or those that are named. Fails when one of them is not there: with
 * SNAPSHOT_DAMAGED when something unreadable of that volume may be it, else with SNAPSHOT_NOT_FOUND.
 */
export function membersOf(
  { set, snapshots, missing }: FoundSet,
  named: readonly string[],
  damaged: ReadonlySet<string> = new Set(),
): readonly StoredSnapshot[] {
  const name = formatSet(set)
  const volumes = [...snapshots.map(({ volume }) => volume), ...missing]
  const stranger = named.find((volume) => !volumes.includes(volume))
  if (stranger !== undefined)
    throw new VolError('SNAPSHOT_NOT_FOUND', `The set ${name} holds no volume "${stranger}".`, {
      suggestions: [`It holds ${volumes.join(', ')}.`],
    })
  const isWanted = (volume: string) => named.length === 0 || named.includes(volume)
  const lacking = missing.filter(isWanted)
  if (lacking.length === 0) return snapshots.filter(({ volume }) => isWanted(volume))
  const broken = lacking.filter((volume) => damaged.has(volume))
  const rest = snapshots.map(({ volume }) => volume)
  const suggestions =
    rest.length === 0 ? {} : { suggestions: [`Name the volumes to do without the others: ${rest.join(' ')}`] }
  if (broken.length > 0)
    throw new VolError(
      'SNAPSHOT_DAMAGED',
      `The set ${name} is not complete: of ${broken.join(', ')} there is a snapshot that cannot be read.`,
      suggestions,
    )
  throw new VolError(
    'SNAPSHOT_NOT_FOUND',
    `The set ${name} is not complete: there is no snapshot of ${lacking.join(', ')}.`,
    suggestions,
  )
}
