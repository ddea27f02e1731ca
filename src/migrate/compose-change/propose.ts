import { isDeepStrictEqual } from 'node:util'
import { unifiedDiff } from '../../compose/unified-diff.ts'
import { VolError } from '../../errors.ts'
import { attemptsFor, textsWith, type Attempt } from './attempts.ts'
import { byHand } from './by-hand.ts'
import type { ComposeChange, FileChange, Want } from './change.ts'
import { meaningOf, plainOf, withWant } from './meaning.ts'
import { notesOn } from './notes.ts'
import type { ComposeOrigin } from './origin.ts'
import { readOrigin, type ProjectReader, type ReadProject } from './project.ts'
import { wantsOf } from './wants.ts'

/** How a project's files have to change. */
export type ComposeProposal = {
  readonly origin: ComposeOrigin
  /** Files with the edits that are certain: in them nothing but what was wanted means anything else than before. */
  readonly changes: readonly FileChange[]
  /** What the edits are about, for those who write them. */
  readonly wants: readonly Want[]
  /** What only a person can change, a sentence each. While there is any, nothing may be written. */
  readonly byHand: readonly string[]
  /** What is good to know, a sentence each. */
  readonly notes: readonly string[]
}

/**
 * Works out how the files of a project have to change for a migration. It reads and writes nothing else than it says,
 * and never fails for what is in the files: what cannot be edited is told in `byHand`.
 */
export async function proposeChange(
  origin: ComposeOrigin,
  change: ComposeChange,
  reader: ProjectReader,
): Promise<ComposeProposal> {
  const read = async (texts?: ReadonlyMap<string, string>) => await readOrigin(origin, reader, texts)
  const nothing = { origin, changes: [], wants: [], notes: [] }
  let first: ReadProject | undefined
  try {
    first = await read()
  } catch (error) {
    if (!(error instanceof VolError)) throw error
    return { ...nothing, byHand: [error.message, ...describeChange(origin.services, change)] }
  }
  if (first === undefined) return { ...nothing, byHand: describeChange(origin.services, change) }

  const { wants, obstacles } = wantsOf(origin.project, first, change)
  const original = new Map(first.sources.map(({ path, text }) => [path, text] as const))
  let state: State = { read: first, texts: original }
  let written: readonly Want[] = wants
  const left: string[] = [...obstacles]
  const together = await allFulfilled(wants, state, read)
  if (together !== undefined) state = together
  else {
    written = []
    for (const want of wants) {
      const next = await fulfilled(want, state, read)
      if (next === undefined) left.push(byHand(want, state.read))
      else {
        state = next
        written = [...written, want]
      }
    }
  }
  const changes = first.sources.flatMap(({ path, name, text: before }) => {
    const after = state.texts.get(path) ?? before
    return after === before ? [] : [{ path, name, before, after }]
  })
  return { origin, changes, wants: written, byHand: left, notes: notesOn(first, origin, change, changes) }
}

/** What a person has to change where there is no file to be edited, a sentence each. */
export function describeChange(services: readonly string[], change: ComposeChange): readonly string[] {
  const { image, mountTarget, dataDirectory, imageDataDirectory } = change
  const who = services.length === 0 ? 'the container' : services.join(' and ')
  return [
    `Let ${who} run the image ${image}.`,
    `Mount the volume ${change.into ?? change.volume} there at ${mountTarget}.`,
    dataDirectory === imageDataDirectory
      ? 'Leave PGDATA out of its environment.'
      : `Set PGDATA to ${dataDirectory} in its environment.`,
  ]
}

/** The edits as a diff that `patch -p1` and `git apply` take; empty when there are none. */
export function diffOf({ changes }: Pick<ComposeProposal, 'changes'>): string {
  return changes.map(({ name, before, after }) => unifiedDiff(name, before, after)).join('')
}

type State = { readonly read: ReadProject; readonly texts: ReadonlyMap<string, string> }
type Read = (texts: ReadonlyMap<string, string>) => Promise<ReadProject | undefined>

/** The files with all wishes fulfilled in the first way; what several share may change when all of them want it. */
async function allFulfilled(wants: readonly Want[], state: State, read: Read): Promise<State | undefined> {
  const meaning = meaningOf(plainOf(state.read.root))
  const wanted = meaningOf(wants.reduce((sum, want) => withWant(sum, want), meaning))
  const first: Attempt = (root) => wants.flatMap((want) => attemptsFor(want)[0]?.(root) ?? [])
  return await tried(first, wanted, state, read)
}

/** The files with a wish fulfilled; undefined where no way to write it means that and nothing else. */
async function fulfilled(want: Want, state: State, read: Read): Promise<State | undefined> {
  const meaning = meaningOf(plainOf(state.read.root))
  const wanted = meaningOf(withWant(meaning, want))
  for (const attempt of attemptsFor(want)) {
    const found = await tried(attempt, wanted, state, read)
    if (found !== undefined) return found
  }
  return undefined
}

/** What a later file puts over an earlier one comes to light when the later is edited; so it is edited as well. */
const mostRounds = 5

async function tried(
  attempt: Attempt,
  wanted: ReturnType<typeof meaningOf>,
  from: State,
  read: Read,
): Promise<State | undefined> {
  let state = from
  for (let round = 0; round < mostRounds; round++) {
    const edits = attempt(state.read.root)
    const texts = edits.length === 0 ? undefined : textsWith(state.texts, edits)
    const next = texts === undefined ? undefined : await readIfPossible(read, texts)
    if (texts === undefined || next === undefined) return undefined
    state = { read: next, texts }
    if (isDeepStrictEqual(meaningOf(plainOf(next.root)), wanted)) return state
  }
  return undefined
}

/** An edit that makes a file unreadable is none. */
async function readIfPossible(
  read: Read,
  texts: ReadonlyMap<string, string>,
): Promise<ReadProject | undefined> {
  try {
    return await read(texts)
  } catch (error) {
    if (error instanceof VolError) return undefined
    throw error
  }
}
