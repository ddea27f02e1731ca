import { removeDeadExchangeFolders } from '../docker/exchange-folder.ts'
import { withOutput } from '../errors.ts'
import { afterSwitch } from '../holds/after-switch.ts'
import { releaseLeft } from '../holds/release-left.ts'
import type { HeldContainer } from '../holds/held-container.ts'
import { recoverVolume, type Recovery } from '../volumes/recover.ts'
import { isReplaced, putHeldVolumesRight } from './after-death.ts'
import type { HoldEntry, JournalEntry } from './journal.ts'
import type { World } from './world.ts'

const what: Readonly<Record<Recovery, string>> = {
  nothing: 'left nothing in it to be put right',
  undone: 'was undone; the volume is as it was',
  finished: 'was finished; the new contents are in place',
  kept: 'had put the new contents in place; what they replaced is now kept as an undo copy',
  gone: 'needs nothing any more, the volume is gone',
}

function subject({ kind, volume }: JournalEntry): string {
  return `An interrupted ${kind} of the volume "${volume}"`
}

function sentence(entry: JournalEntry, became: Recovery): string {
  return `${subject(entry)} ${what[became]}.`
}

/** What became of something that was interrupted, in a sentence. */
export type PutRight = { readonly about: string; readonly mended: boolean }

/**
 * Finishes or undoes what interrupted runs left on this engine. What cannot be put right now stays in the journal,
 * and is no reason to leave other volumes alone: what is half done refuses to be copied by itself.
 */
export async function putInterruptedRight(world: World): Promise<readonly PutRight[]> {
  await removeDeadExchangeFolders()
  const entries = await world.journal.interrupted()
  const released = await releaseInterruptedHolds(world)
  if (entries.length === 0) {
    await world.journal.endSettledSwitches()
    return released
  }
  const engine = await world.docker.engine()
  const told = [...released]
  for (const entry of entries) {
    if (entry.engine !== engine.id || (await isHeldByAnother(world, entry))) continue
    // Two that put the same thing right could take the second's work for what the first has left.
    if (!(await world.journal.claim(entry.operation)) && !(await world.journal.owns(entry.operation)))
      continue
    try {
      told.push({ about: sentence(entry, await recoverVolume(world, entry)), mended: true })
    } catch (error) {
      world.signal.throwIfAborted()
      const why = withOutput(error)
      told.push({ about: `${subject(entry)} could not be put right: ${why}`, mended: false })
    }
  }
  await world.journal.endSettledSwitches()
  return told
}

/**
 * Whether another has to put the volume right before it lets containers go on: its watchdog, mostly. Should that give
 * up, the next run has both to do.
 */
async function isHeldByAnother({ journal }: World, { engine, volume }: JournalEntry): Promise<boolean> {
  for (const { entry } of await journal.holds())
    if (entry.writes && entry.engine === engine && entry.volumes.includes(volume))
      if (!(await journal.owns(entry.operation))) return true
  return false
}

/**
 * Lets containers go on that an interrupted run has paused or stopped on this engine, and that its watchdog did not
 * release either: both were killed, or the machine or the engine went down. A volume that was being written is put
 * right first. What cannot be done now stays in the journal.
 */
export async function releaseInterruptedHolds(world: World): Promise<readonly PutRight[]> {
  const told: PutRight[] = (await world.journal.unreadableHolds()).map((file) => ({
    about: `${file} in ${world.journal.location} says which containers are held, but this version cannot read it: look at it, docker unpause or docker start them, then remove it.`,
    mended: false,
  }))
  const holds = (await world.journal.holds()).filter(({ interrupted }) => interrupted)
  if (holds.length === 0) return told
  const engine = await world.docker.engine()
  for (const { entry } of holds)
    if (entry.engine === engine.id && (await world.journal.claim(entry.operation)))
      told.push(...(await releaseHold(world, entry)))
  return told
}

function names(containers: readonly HeldContainer[]): string {
  return containers.map(({ name }) => `"${name}"`).join(', ')
}

/** Of a hold that had nobody to stop, those that it was to start. */
function concerned({ containers, starts = [] }: HoldEntry): readonly HeldContainer[] {
  return containers.length === 0 ? starts : containers
}

async function releaseHold(world: World, entry: HoldEntry): Promise<readonly PutRight[]> {
  const refused = (some: readonly HeldContainer[], error: unknown): PutRight => {
    world.signal.throwIfAborted()
    const why = withOutput(error)
    return {
      about: `${names(some)}, held by an interrupted command, cannot be let go on: ${why}`,
      mended: false,
    }
  }
  const told: PutRight[] = []
  let left = entry
  try {
    const volumes = entry.writes ? await putHeldVolumesRight(world, entry.volumes) : []
    for (const each of volumes)
      if (!each.keeping) told.push({ about: sentence(each.entry, each.became), mended: true })
    if (entry.stays === true && volumes.some(isReplaced)) {
      left = afterSwitch(entry)
      const stopped = entry.containers.filter(({ id }) => !left.containers.some((each) => each.id === id))
      if (left.containers.length > 0) await world.journal.begin(left)
      if (stopped.length > 0)
        told.push({
          about: `${names(stopped)} stayed stopped: the volume has new contents, which ${stopped.length === 1 ? 'it' : 'they'} cannot use.`,
          mended: true,
        })
    }
  } catch (error) {
    return [refused(concerned(entry), error)]
  }
  const { notes, failed, error } = await releaseLeft(world, left)
  told.push(...notes.map((about) => ({ about, mended: true })))
  if (failed.length > 0) return [...told, refused(failed, error)]
  await world.journal.end(entry.operation)
  if (left.containers.length === 0) return told
  const about =
    left === entry
      ? `An interrupted command held ${names(entry.containers)}: let go on.`
      : `An interrupted command was to start ${names(left.containers)} again: done.`
  return [...told, { about, mended: true }]
}

/** Which containers others hold just now: commands that are at work, or watchdogs of some that were killed. */
export async function heldByOthers({ journal }: World): Promise<readonly string[]> {
  const underWay = (await journal.holds()).filter(({ interrupted }) => !interrupted)
  return underWay.map(
    ({ entry }) =>
      `Another docker vol, or the watchdog of one that was killed, is at work and lets go on what it holds: ${names(concerned(entry))}.`,
  )
}

/** What was interrupted on engines other than the one that answers: it waits until docker vol meets them again. */
export async function interruptedElsewhere(world: World): Promise<readonly string[]> {
  const entries = await world.journal.interrupted()
  const holds = (await world.journal.holds()).filter(({ interrupted }) => interrupted)
  if (entries.length + holds.length === 0) return []
  const engine = await world.docker.engine()
  const waits = (which: string, other: string, operation: string) =>
    `${which} on another engine (${other}) was interrupted. It is put right when docker vol is used there; if that engine is gone, remove ${operation}@*.json from ${world.journal.location}.`
  const elsewhere = (entry: { readonly engine: string }) => entry.engine !== engine.id
  return [
    ...entries
      .filter(elsewhere)
      .map(({ kind, volume, engine: other, operation }) =>
        waits(`A ${kind} of the volume "${volume}"`, other, operation),
      ),
    ...holds
      .map(({ entry }) => entry)
      .filter(elsewhere)
      .map((entry) => {
        return waits(`A command that held ${names(concerned(entry))}`, entry.engine, entry.operation)
      }),
  ]
}
