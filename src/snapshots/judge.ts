import { VolError } from '../errors.ts'
import { printableName } from '../tar/name.ts'
import type { Archived } from '../volumes/archive.ts'
import { failuresIn } from '../volumes/vanished.ts'
import type { Walk } from '../volumes/walk.ts'
import type { Consistency, Warning } from './format.ts'

/** How many files a message names before it counts the rest. */
const named = 10

/**
 * Says what an archive is worth. One that was to be of an unchanging volume, but was not, is refused with
 * NOT_CONSISTENT; a file that could not be read is a failure either way.
 */
export function judge(archived: Archived, wanted: Pick<Consistency, 'method' | 'why'>): Consistency {
  const { differences, missing, mismatched, tarExit, messages } = archived
  const changed = [...new Set([...differences.map(({ path }) => path), ...mismatched])].sort()
  const changedPaths = new Set(changed)
  const unreadable = missing.filter((path) => !changedPaths.has(path))
  // That files vanished or changed is for the second walk to tell; anything else that tar failed at is damage.
  const failures = tarExit > 1 ? failuresIn(messages) : []
  if (unreadable.length > 0 || failures.length > 0 || (tarExit > 1 && changed.length === 0))
    throw new VolError('FAILED', `Files of the volume could not be read: ${listed(unreadable)}.`, {
      output: messages,
      suggestions: [
        'Nothing was stored. Look at the message above, and at the file system below the volume.',
      ],
    })
  if (wanted.method === 'live') return { ...wanted, changed: changed.map(shown) }
  if (changed.length > 0)
    throw new VolError(
      'NOT_CONSISTENT',
      `The volume changed while it was read, though ${nobody(wanted.method)}: ${listed(changed)}.`,
      { output: messages },
    )
  if (tarExit !== 0)
    throw new VolError('FAILED', `tar ended with exit code ${tarExit}.`, { output: messages })
  return { ...wanted, changed: [] }
}

function nobody(method: Consistency['method']): string {
  if (method === 'paused' || method === 'stopped') return `all that can write it were ${method}`
  return 'no running container has it writable'
}

/** What a snapshot lacks or should be known for. */
export function warningsOf(archived: Archived, consistency: Consistency): Warning[] {
  const { walk, plan } = archived
  const root = walk.entry(0).device
  const warnings: Warning[] = plan.sockets.map((index) => ({
    code: 'socket-skipped',
    path: shown(walk.path(index)),
    message: 'A socket cannot be kept; the program that owns it makes it anew.',
  }))
  for (let index = 1; index < walk.length; index++)
    if (walk.entry(index).device !== root)
      warnings.push({
        code: 'other-file-system',
        path: shown(walk.path(index)),
        message: 'Another file system is mounted here; what it holds is not in the snapshot.',
      })
  const split = splitNames(walk)
  if (split > 0)
    warnings.push({
      code: 'hard-link-split',
      message: `${split} names of fifos and device nodes that are hard links of one another are kept as files of their own.`,
    })
  if (consistency.changed.length > 0)
    warnings.push({
      code: 'changed-while-read',
      message: `${consistency.changed.length} files changed while they were read.`,
    })
  return warnings
}

/** How many names GNU tar archives as files of their own: it looks for hard links among regular files and symlinks. */
function splitNames(walk: Walk): number {
  let names = 0
  for (let index = 0; index < walk.length; index++) {
    const { type, links } = walk.entry(index)
    if (links > 1 && (type === 'p' || type === 'c' || type === 'b')) names += 1
  }
  return names
}

/** The root of a volume is shown as `.`. */
function shown(path: string): string {
  return path === '' ? '.' : printableName(path)
}

function listed(paths: readonly string[]): string {
  const names = paths.slice(0, named).map((path) => `"${shown(path)}"`)
  const rest = paths.length - names.length
  return [...names, ...(rest > 0 ? [`and ${rest} more`] : [])].join(', ') || 'see what tar said'
}
