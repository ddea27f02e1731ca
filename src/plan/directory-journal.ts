import { readdir, readFile, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { replaceFile, syncDirectory } from '../stores/durable.ts'
import { withLock } from '../stores/lock.ts'
import { makeDirectory } from '../stores/places.ts'
import { isGone, newProcessTag, isProcessTag, type ProcessTag } from '../stores/process-identity.ts'
import { isOfKind, readEntry, readHold } from './journal-entry.ts'
import type { HoldEntry, Journal, JournalEntry, SwitchEntry } from './journal.ts'

/** A journal in a directory: one file an operation, named after it and the process that does it. */
export function directoryJournal(directory: string): Journal {
  const tag = newProcessTag()
  const fileOf = (operation: string, owner: string) => join(directory, `${operation}@${owner}.json`)
  const makeDurableDirectory = async () => {
    for (const made of makeDirectory(directory)) await syncDirectory(dirname(made))
  }
  const begin = async (entry: JournalEntry | HoldEntry | SwitchEntry) => {
    await makeDurableDirectory()
    const file = fileOf(entry.operation, tag)
    const content = Buffer.from(`${JSON.stringify(entry)}\n`)
    await replaceFile(file, content, { temporary: file + unfinished, directory })
  }
  const wholeHolds = async (): Promise<readonly WholeHold[]> => {
    const found: WholeHold[] = []
    for (const { file, owner } of await entriesIn(directory)) {
      if (!isProcessTag(owner) || file.endsWith(unfinished)) continue
      const content = await contentOf(join(directory, file))
      // It is over, or has another owner and so another name: only a new look tells which.
      if (content === '') return await wholeHolds()
      if (isOfKind(content, 'hold')) found.push({ file, owner, entry: readHold(content) })
    }
    return found
  }
  const othersWork = async (): Promise<readonly JournalEntry[]> => {
    const found: JournalEntry[] = []
    for (const { file, owner } of await entriesIn(directory)) {
      if (!isProcessTag(owner) || owner === tag || file.endsWith(unfinished)) continue
      const content = await contentOf(join(directory, file))
      // It may have got another owner, and so another name, that was not in the list yet.
      if (content === '') return await othersWork()
      const entry = readEntry(content)
      if (entry !== undefined) found.push(entry)
    }
    return found
  }
  const holds = async () =>
    (await wholeHolds()).flatMap(({ owner, entry }) =>
      entry === undefined ? [] : [{ entry, interrupted: isGone(owner) }],
    )
  return {
    location: directory,
    begin,
    othersWork,
    holds,
    async unreadableHolds() {
      return (await wholeHolds()).filter(({ entry }) => entry === undefined).map(({ file }) => file)
    },
    async beginHold(entry) {
      await makeDurableDirectory()
      return await withLock(directory, async () => {
        const others = (await holds()).filter(({ entry: other }) => other.operation !== entry.operation)
        const concerned = new Set([...entry.containers.map(({ id }) => id), ...entry.leftPaused])
        const conflict = others.find(
          ({ entry: other, interrupted }) =>
            !interrupted &&
            other.engine === entry.engine &&
            other.containers.some(({ id }) => concerned.has(id)),
        )
        if (conflict === undefined) await begin(entry)
        return conflict?.entry
      })
    },
    async end(operation) {
      const files = (await entriesIn(directory)).filter(({ file }) => file.startsWith(`${operation}@`))
      for (const { file } of files) await rm(join(directory, file), { force: true })
      // The directory is only there once something has begun.
      if (files.length > 0) await syncDirectory(directory)
    },
    async interrupted() {
      const found: JournalEntry[] = []
      for (const { file, owner } of await entriesIn(directory)) {
        if (!isProcessTag(owner) || !isGone(owner)) continue
        if (file.endsWith(unfinished)) {
          await rm(join(directory, file), { force: true })
          continue
        }
        const entry = readEntry(await contentOf(join(directory, file)))
        if (entry !== undefined) found.push(entry)
      }
      return found
    },
    async owns(operation) {
      return (await entriesIn(directory)).some(({ file }) => join(directory, file) === fileOf(operation, tag))
    },
    async isSwitching(operation) {
      return (await entriesIn(directory)).some(
        ({ file }) => file.startsWith(`${operation}@`) && !file.endsWith(unfinished),
      )
    },
    async endSettledSwitches() {
      const over: string[] = []
      const waiting = new Set<string>()
      for (const { file, owner } of await entriesIn(directory)) {
        if (!isProcessTag(owner) || file.endsWith(unfinished)) continue
        const content = await contentOf(join(directory, file))
        // Another process is putting something right: that one ends what is settled then.
        if (content === '') return
        const { together } = readEntry(content) ?? {}
        if (together !== undefined) waiting.add(together)
        if (isGone(owner) && isOfKind(content, 'switch')) over.push(file)
      }
      for (const file of over)
        if (!waiting.has(file.slice(0, file.indexOf('@')))) await rm(join(directory, file), { force: true })
      if (over.length > 0) await syncDirectory(directory)
    },
    async claim(operation) {
      for (const { file, owner } of await entriesIn(directory)) {
        if (!file.startsWith(`${operation}@`) || !isProcessTag(owner) || !isGone(owner)) continue
        try {
          await rename(join(directory, file), fileOf(operation, tag))
          return true
        } catch (error) {
          if (!isMissing(error)) throw error
        }
      }
      return false
    },
  }
}

type WholeHold = {
  readonly file: string
  readonly owner: ProcessTag
  /** Undefined when it is not understood. */
  readonly entry: HoldEntry | undefined
}

/** How the name of an entry ends while it is written. */
const unfinished = '.new'

/** Empty when another process has put it right meanwhile. */
async function contentOf(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    if (isMissing(error)) return ''
    throw error
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT'
}

async function entriesIn(
  directory: string,
): Promise<readonly { readonly file: string; readonly owner: string }[]> {
  let names: string[]
  try {
    names = await readdir(directory)
  } catch (error) {
    if (isMissing(error)) return []
    throw error
  }
  return names.sort().flatMap((file) => {
    const owner = /@(.+)\.json(?:\.new)?$/.exec(file)?.[1]
    return owner === undefined ? [] : [{ file, owner }]
  })
}
