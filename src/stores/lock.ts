import { readFileSync, readlinkSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { VolError } from '../errors.ts'
import { systemCode, unlessMissing } from './failure.ts'
import type { ProcessTag } from './process-identity.ts'
import { describeProcess, isGone, isProcessTag, newProcessTag } from './process-identity.ts'

export type LockOptions = {
  /** How long to wait for another holder, in milliseconds. */
  readonly patience?: number
}

const defaultPatience = 30_000
/** A lock that does not say whose it is (see `create`) is nobody's after so many milliseconds. */
const silence = 5_000
const nobody = 'nobody'

/**
 * Runs the action while no other process runs one under the same lock, which is `lock` in the directory. It is meant
 * to be held for milliseconds. The lock of a process that has ended is taken over. Fails with BUSY when somebody
 * holds it too long, and with ENOENT when the directory is not there.
 */
export async function withLock<Result>(
  directory: string,
  action: () => Promise<Result>,
  { patience = defaultPatience }: LockOptions = {},
): Promise<Result> {
  const file = path.join(directory, 'lock')
  const mine = newProcessTag()
  await acquire(file, mine, Date.now() + patience)
  try {
    return await action()
  } finally {
    release(file, mine)
  }
}

/** Whether a file beside the lock was left by a process that ended while it took a lock over. Ask under the lock. */
export function isLeftOverOfLock(name: string): boolean {
  const tag = /^lock\.(?:break\.)+(.*)$/.exec(name)?.[1]
  return tag === nobody || (tag !== undefined && isProcessTag(tag) && isGone(tag))
}

async function acquire(file: string, mine: ProcessTag, deadline: number): Promise<void> {
  let silentSince: number | undefined
  for (let pause = 2; !create(file, mine); pause = Math.min(pause * 2, 50)) {
    const content = read(file)
    if (content === undefined) continue
    const holder = isProcessTag(content) ? content : undefined
    silentSince = holder === undefined ? (silentSince ?? Date.now()) : undefined
    if (holder !== undefined ? isGone(holder) : Date.now() - (silentSince ?? 0) > silence) {
      await takeAway(file, content, mine, deadline)
    } else {
      if (Date.now() > deadline) throw busy(file, holder)
      await sleep(pause)
    }
  }
}

/**
 * Removes the lock of an ended process. Two that both see it ended must not both remove it, for the second could
 * remove the lock that a third has taken meanwhile. So whoever removes it first takes another lock, named after the
 * ended holder: while that is held nobody else removes this one, and looking once more is enough.
 */
async function takeAway(file: string, content: string, mine: ProcessTag, deadline: number): Promise<void> {
  const prefix = path.basename(file) === 'lock' ? 'lock.break.' : 'lock.break.break.'
  const breaking = path.join(path.dirname(file), `${prefix}${isProcessTag(content) ? content : nobody}`)
  await acquire(breaking, mine, deadline)
  try {
    if (read(file) === content) unlinkSync(file)
  } finally {
    release(breaking, mine)
  }
}

/**
 * Creates the lock, or says that it is there. It is a symbolic link to the holder's tag: made in one step together with
 * its content, and, being kept in the inode, also on a disk that is full. Where there are no symbolic links (CIFS) it
 * is a file; dying between its two steps leaves a lock that does not say whose it is.
 */
function create(file: string, mine: ProcessTag): boolean {
  try {
    try {
      symlinkSync(mine, file)
    } catch (error) {
      if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'].includes(systemCode(error) ?? '')) throw error
      writeFileSync(file, mine, { flag: 'wx', mode: 0o600 })
    }
    return true
  } catch (error) {
    if (systemCode(error) === 'EEXIST') return false
    throw error
  }
}

/** The tag in the lock; undefined when there is no lock. */
function read(file: string): string | undefined {
  return unlessMissing(() => {
    try {
      return readlinkSync(file)
    } catch (error) {
      if (systemCode(error) !== 'EINVAL' && systemCode(error) !== 'UNKNOWN') throw error
      return readFileSync(file, 'latin1')
    }
  })
}

function release(file: string, mine: ProcessTag): void {
  if (read(file) === mine) unlessMissing(() => unlinkSync(file))
}

function busy(file: string, holder: ProcessTag | undefined): VolError {
  const who = holder === undefined ? 'another process' : describeProcess(holder)
  return new VolError('BUSY', `${path.dirname(file)} is locked by ${who}.`, {
    suggestions: ['Wait for it to end, then try again.', `If it runs no more, remove ${file}.`],
  })
}
