import { readdir, readFile, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fieldsOf, flag, list, oneOf, text } from '../snapshots/read.ts'
import { replaceFile, syncDirectory } from '../stores/durable.ts'
import { makeDirectory } from '../stores/places.ts'
import { isGone, newProcessTag, isProcessTag } from '../stores/process-identity.ts'

/** What was about to be done to a volume, written down before it begins and taken out when it is over. */
export type JournalEntry = {
  readonly operation: string
  readonly kind: 'restore' | 'clone'
  readonly volume: string
  /** The engine's ID: the same name on another engine is another volume. */
  readonly engine: string
  /** Whether the volume was made for this and may go again when nothing came of it. */
  readonly made: boolean
  /** Images to start the helper from. */
  readonly images: readonly string[]
}

/** The record of destructive work. What is in it although its process is gone was interrupted. */
export type Journal = {
  /** Where it is, for messages. */
  readonly location: string
  /** On disk when this returns. */
  begin(entry: JournalEntry): Promise<void>
  end(operation: string): Promise<void>
  /** What interrupted runs left. */
  interrupted(): Promise<readonly JournalEntry[]>
  /** Takes over what an interrupted run left. False when another process was first, or it is there no more. */
  claim(operation: string): Promise<boolean>
}

/** A journal in a directory: one file an operation, named after it and the process that does it. */
export function directoryJournal(directory: string): Journal {
  const tag = newProcessTag()
  const fileOf = (operation: string, owner: string) => join(directory, `${operation}@${owner}.json`)
  return {
    location: directory,
    async begin(entry) {
      for (const made of makeDirectory(directory)) await syncDirectory(dirname(made))
      const file = fileOf(entry.operation, tag)
      const content = Buffer.from(`${JSON.stringify(entry)}\n`)
      await replaceFile(file, content, { temporary: file + unfinished, directory })
    },
    async end(operation) {
      for (const { file } of await entriesIn(directory))
        if (file.startsWith(`${operation}@`)) await rm(join(directory, file), { force: true })
      await syncDirectory(directory)
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

/** An entry that cannot be read was not whole yet: what it announces had not begun. */
function readEntry(json: string): JournalEntry | undefined {
  try {
    const entry = fieldsOf(JSON.parse(json), 'entry')
    return {
      operation: text(entry['operation'], 'entry.operation'),
      kind: oneOf(entry['kind'], 'entry.kind', ['restore', 'clone']),
      volume: text(entry['volume'], 'entry.volume'),
      engine: text(entry['engine'], 'entry.engine'),
      made: flag(entry['made'], 'entry.made'),
      images: list(entry['images'], 'entry.images', text),
    }
  } catch {
    return undefined
  }
}
