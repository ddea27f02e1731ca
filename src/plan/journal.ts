import { readdir, readFile, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fieldsOf, flag, list, oneOf, text } from '../snapshots/read.ts'
import { readHeldContainer, type HeldContainer } from '../holds/held-container.ts'
import { replaceFile, syncDirectory } from '../stores/durable.ts'
import { withLock } from '../stores/lock.ts'
import { makeDirectory } from '../stores/places.ts'
import { isGone, newProcessTag, isProcessTag, type ProcessTag } from '../stores/process-identity.ts'

/** What was about to be done to a volume, written down before it begins and taken out when it is over. */
export type JournalEntry = {
  readonly operation: string
  /** `boot`: the volume is a copy to try something on, and goes again whatever comes of that. */
  readonly kind: 'restore' | 'clone' | 'boot' | 'migration'
  readonly volume: string
  /** The engine's ID: the same name on another engine is another volume. */
  readonly engine: string
  /** Whether the volume was made for this and may go again when nothing came of it. */
  readonly made: boolean
  /** Images to start the helper from. */
  readonly images: readonly string[]
  /** Of volumes that are switched together: the operation of their switch. */
  readonly together?: string
}

/**
 * That volumes are being switched together. From when this is on disk each of them is to get its new contents, which
 * are all complete and on disk; without it all keep what they have.
 */
export type SwitchEntry = {
  readonly operation: string
  readonly kind: 'switch'
  readonly engine: string
  readonly volumes: readonly string[]
}

/** Containers that are about to be kept paused or stopped, or are; taken out when all of them go on. */
export type HoldEntry = {
  readonly operation: string
  readonly kind: 'hold'
  readonly engine: string
  /** When the engine's daemon was started (`Docker.engineStart`): a later one has lost what it ran. */
  readonly engineStart: string | undefined
  /** ISO 8601, by this machine's clock: when something was last paused or stopped for it. */
  readonly since: string
  /** For whose sake. */
  readonly volumes: readonly string[]
  readonly containers: readonly HeldContainer[]
  /** Whether the volumes are written meanwhile: after a crash they are put right before anybody goes on. */
  readonly writes: boolean
  /** Whether the containers stay as they are if a volume has its new contents by then; without it they go on. */
  readonly stays?: boolean
  /** IDs of containers that were paused by somebody else and are to stay so. */
  readonly leftPaused: readonly string[]
}

/** A hold in the journal, and whether the process that keeps it has ended. */
export type FoundHold = { readonly entry: HoldEntry; readonly interrupted: boolean }

/** The record of destructive work. What is in it although its process is gone was interrupted. */
export type Journal = {
  /** Where it is, for messages. */
  readonly location: string
  /** On disk when this returns. */
  begin(entry: JournalEntry | HoldEntry | SwitchEntry): Promise<void>
  /**
   * The same for a hold, unless another process holds one of its containers, or is holding what this one takes for
   * paused by somebody else: then that hold is returned, and nothing has begun.
   */
  beginHold(entry: HoldEntry): Promise<HoldEntry | undefined>
  end(operation: string): Promise<void>
  /** What interrupted runs left. */
  interrupted(): Promise<readonly JournalEntry[]>
  /** Every hold, on whatever engine. */
  holds(): Promise<readonly FoundHold[]>
  /** Names of entries of holds that this version does not understand, though they are whole. */
  unreadableHolds(): Promise<readonly string[]>
  /** Takes over what an interrupted run left. False when another process was first, or it is there no more. */
  claim(operation: string): Promise<boolean>
  /** Whether it is in the journal as this process's own. */
  owns(operation: string): Promise<boolean>
  /** Whether a switch of volumes together has begun and has not ended. */
  isSwitching(operation: string): Promise<boolean>
  /** Ends the switches of ended processes to which no volume belongs any more. */
  endSettledSwitches(): Promise<void>
}

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
  const holds = async () =>
    (await wholeHolds()).flatMap(({ owner, entry }) =>
      entry === undefined ? [] : [{ entry, interrupted: isGone(owner) }],
    )
  return {
    location: directory,
    begin,
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
      kind: oneOf(entry['kind'], 'entry.kind', ['restore', 'clone', 'boot', 'migration']),
      volume: text(entry['volume'], 'entry.volume'),
      engine: text(entry['engine'], 'entry.engine'),
      made: flag(entry['made'], 'entry.made'),
      images: list(entry['images'], 'entry.images', text),
      ...(entry['together'] === undefined ? {} : { together: text(entry['together'], 'entry.together') }),
    }
  } catch {
    return undefined
  }
}

type WholeHold = {
  readonly file: string
  readonly owner: ProcessTag
  /** Undefined when it is not understood. */
  readonly entry: HoldEntry | undefined
}

/**
 * Whether it is a whole entry of this kind. One of a hold is not to be passed over whatever else it says: its containers
 * are paused or stopped.
 */
function isOfKind(json: string, kind: 'hold' | 'switch'): boolean {
  try {
    return fieldsOf(JSON.parse(json), 'entry')['kind'] === kind
  } catch {
    return false
  }
}

function readHold(json: string): HoldEntry | undefined {
  try {
    const entry = fieldsOf(JSON.parse(json), 'hold')
    const engineStart = entry['engineStart']
    return {
      operation: text(entry['operation'], 'hold.operation'),
      kind: 'hold',
      engine: text(entry['engine'], 'hold.engine'),
      engineStart: engineStart === undefined ? undefined : text(engineStart, 'hold.engineStart'),
      since: text(entry['since'], 'hold.since'),
      volumes: list(entry['volumes'], 'hold.volumes', text),
      containers: list(entry['containers'], 'hold.containers', readHeldContainer),
      writes: flag(entry['writes'], 'hold.writes'),
      ...(entry['stays'] === undefined ? {} : { stays: flag(entry['stays'], 'hold.stays') }),
      leftPaused: list(entry['leftPaused'], 'hold.leftPaused', text),
    }
  } catch {
    return undefined
  }
}
