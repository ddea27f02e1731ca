import { VolError } from '../errors.ts'
import { walkFields } from './walk-script.ts'

/** A file as the helper's own look at the volume found it. The path of the root is empty; names are bytes. */
export type WalkEntry = {
  readonly path: string
  /** find's letter: f, d, l, p, s, c, b. */
  readonly type: string
  readonly inode: number
  readonly links: number
  readonly size: number
  /** Nanoseconds since 1970. */
  readonly modified: bigint
  readonly changed: bigint
  readonly mode: number
  readonly uid: number
  readonly gid: number
  readonly device: number
  readonly target: string
}

/** A tree, by path. Kept in columns, so that a million files fit into a hundred megabytes. */
export type Walk = {
  readonly length: number
  path(index: number): string
  entry(index: number): WalkEntry
  /** Where a path is; undefined when it is not there. */
  find(path: string): number | undefined
}

/** Takes what a walk printed, in pieces of any size. */
export type WalkReader<Result> = {
  push(chunk: Uint8Array): void
  /** Fails when the list was cut. */
  finish(): Result
}

/**
 * Is offered each record first, and says whether it was something else than a file: `what` is its first field, `said`
 * its second.
 */
export type OtherRecord = (what: string, said: string) => boolean

/** Reads a walk and keeps it, in the order of its paths, byte by byte. */
export function walkReader(other: OtherRecord = () => false): WalkReader<Walk> {
  const rows: WalkRows = { paths: [], facts: [], targets: new Map() }
  return recordReader(
    (facts, path, target) => {
      if (other(facts, path)) return
      rows.paths.push(path)
      rows.facts.push(facts)
      if (target !== '') rows.targets.set(path, target)
    },
    () => sortedWalk(rows),
  )
}

/** A difference between two looks at one tree. */
export type Difference = { readonly path: string; readonly what: 'appeared' | 'vanished' | 'changed' }

/** Whether this record ends a walk. Fails when the walk is not of the whole tree. */
export function endsWalk(what: string, said: string): boolean {
  if (!what.startsWith('walked ')) return false
  if (what !== 'walked 0')
    throw new VolError('FAILED', 'The helper could not look at all of the volume.', {
      output: said,
      suggestions: ['Look at the message above, and at the file system below the volume.'],
    })
  return true
}

/** Reads a later walk of the same tree, keeping only what is different from the earlier one. */
export function walkComparer(
  before: Walk,
  other: OtherRecord = () => false,
): WalkReader<readonly Difference[]> {
  const seen = new Uint8Array(before.length)
  const found: Difference[] = []
  return recordReader(
    (facts, path, target) => {
      if (other(facts, path)) return
      const index = before.find(path)
      if (index === undefined) found.push({ path, what: 'appeared' })
      else {
        seen[index] = 1
        if (!sameFile(before.entry(index), readFacts(path, facts, target)))
          found.push({ path, what: 'changed' })
      }
    },
    () => {
      for (const [index, was] of seen.entries())
        if (was === 0) found.push({ path: before.path(index), what: 'vanished' })
      return found
    },
  )
}

function recordReader<Result>(
  record: (facts: string, path: string, target: string) => void,
  finish: () => Result,
): WalkReader<Result> {
  let rest = Buffer.alloc(0)
  let fields: string[] = []
  return {
    push(chunk) {
      const bytes =
        rest.length === 0
          ? Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length)
          : Buffer.concat([rest, chunk])
      let from = 0
      for (let end = bytes.indexOf(0, from); end >= 0; end = bytes.indexOf(0, from)) {
        fields.push(bytes.toString('latin1', from, end))
        from = end + 1
        if (fields.length < walkFields) continue
        const [facts = '', path = '', target = ''] = fields
        fields = []
        record(facts, path, target)
      }
      // A copy: the chunk may be memory that is read into again.
      rest = Buffer.from(bytes.subarray(from))
    },
    finish() {
      if (rest.length > 0 || fields.length > 0)
        throw new VolError('FAILED', 'The list of the files ended in the middle.')
      return finish()
    },
  }
}

type WalkRows = {
  readonly paths: string[]
  /** The first field of each record, as it came: short, and read only when it is asked for. */
  readonly facts: string[]
  readonly targets: Map<string, string>
}

function sortedWalk({ paths, facts, targets }: WalkRows): Walk {
  const order = Uint32Array.from(paths.keys()).sort((left, right) => {
    const a = paths[left] ?? ''
    const b = paths[right] ?? ''
    return a < b ? -1 : a > b ? 1 : 0
  })
  const path = (index: number) => paths[order[index] ?? -1] ?? ''
  return {
    length: paths.length,
    path,
    entry: (index) => readFacts(path(index), facts[order[index] ?? -1] ?? '', targets.get(path(index)) ?? ''),
    find(wanted) {
      let low = 0
      let high = paths.length
      while (low < high) {
        const middle = (low + high) >>> 1
        if (path(middle) < wanted) low = middle + 1
        else high = middle
      }
      return low < paths.length && path(low) === wanted ? low : undefined
    },
  }
}

function readFacts(path: string, facts: string, target: string): WalkEntry {
  const [type = '?', inode, links, size, modified = '', changed = '', mode = '', uid, gid, device] =
    facts.split(' ')
  return {
    path,
    type,
    inode: Number(inode),
    links: Number(links),
    size: Number(size),
    modified: nanoseconds(modified),
    changed: nanoseconds(changed),
    mode: Number.parseInt(mode, 8),
    uid: Number(uid),
    gid: Number(gid),
    device: Number(device),
    target,
  }
}

/** find prints whole seconds, rounded down also before 1970, and ten decimals to be added, the last always 0. */
export function nanoseconds(time: string): bigint {
  const [seconds = '0', fraction = ''] = time.split('.')
  return BigInt(seconds) * 1_000_000_000n + BigInt(fraction.padEnd(9, '0').slice(0, 9))
}

function sameFile(a: WalkEntry, b: WalkEntry): boolean {
  // The time of change moves with every write, chmod, chown and setfattr, and cannot be set back by a program.
  return (
    a.inode === b.inode &&
    a.changed === b.changed &&
    a.modified === b.modified &&
    a.size === b.size &&
    a.type === b.type
  )
}
