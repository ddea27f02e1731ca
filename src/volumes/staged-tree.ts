import { VolError } from '../errors.ts'
import type { EntryType, FileRecord } from '../snapshots/format.ts'
import { printableName } from '../tar/name.ts'
import type { Walk, WalkEntry } from './walk.ts'

const letters: Readonly<Record<EntryType, string>> = {
  file: 'f',
  directory: 'd',
  symlink: 'l',
  hardlink: '',
  fifo: 'p',
  character: 'c',
  block: 'b',
}

/** What a file must be once it is unpacked. */
export type ExpectedFile = Omit<FileRecord, 'layer' | 'offset' | 'length'>

/** Checks, file by file, that a tree that was unpacked is the one that was recorded. */
export type TreeCheck = {
  add(record: ExpectedFile): void
  /** Fails when the tree holds anything else. */
  finish(): void
}

export type TreeCheckOptions = {
  /** Allows directories that nobody recorded: tar makes those on the way to a file. */
  readonly impliedDirectories?: boolean
  /** Allows directories that are recorded more than once: tar makes them as the last record says. */
  readonly repeatedDirectories?: boolean
}

/** `walk` is the helper's own look at what it unpacked. Fails with FAILED at the first difference. */
export function checkTree(walk: Walk, options: TreeCheckOptions = {}): TreeCheck {
  const seen = new Uint8Array(walk.length)
  const unlike = new Map<number, VolError>()
  return {
    add(record) {
      const path = record.path === '.' ? '' : record.path
      const index = walk.find(path)
      if (index === undefined) throw different(record.path, 'is missing')
      const difference = differenceOf(record, walk.entry(index), walk)
      seen[index] = 1
      unlike.delete(index)
      if (difference === undefined) return
      const error = different(record.path, difference)
      if (options.repeatedDirectories !== true || record.type !== 'directory') throw error
      unlike.set(index, error)
    },
    finish() {
      for (const error of unlike.values()) throw error
      for (const [index, was] of seen.entries()) {
        if (was === 1) continue
        const { path, type } = walk.entry(index)
        if (options.impliedDirectories !== true || type !== 'd') throw different(path, 'was not asked for')
      }
    },
  }
}

function differenceOf(record: ExpectedFile, found: WalkEntry, walk: Walk): string | undefined {
  if (record.type === 'hardlink') {
    const first = walk.find(record.target ?? '')
    const same = first !== undefined && walk.entry(first).inode === found.inode
    return same ? undefined : 'is not a name of the file it should be'
  }
  if (letters[record.type] !== found.type) return 'is of another kind'
  if (record.type === 'file' && record.size !== found.size)
    return `has ${found.size} bytes instead of ${record.size}`
  if (record.uid !== found.uid || record.gid !== found.gid) return 'belongs to somebody else'
  if (record.type !== 'symlink' && record.mode !== found.mode) return 'has another mode'
  if (record.modified !== found.modified) return 'has another time'
  if (record.type === 'symlink' && record.target !== found.target) return 'points elsewhere'
  return undefined
}

function different(path: string, what: string): VolError {
  return new VolError('FAILED', `What was unpacked is not what was stored: "${printableName(path)}" ${what}.`)
}
