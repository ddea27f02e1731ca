import { VolError } from '../errors.ts'
import { startFrameReader, type FrameReader } from '../frames/read.ts'
import type { RestoreStep } from '../plan/step.ts'
import type { ProgressTaskPort, World } from '../plan/world.ts'
import { stagingName } from '../volumes/archive-script.ts'
import { fillVolume, type Filled, type FillRequest, type Room } from '../volumes/fill.ts'
import { unpack } from '../volumes/unpack.ts'
import { switchScript } from '../volumes/restore-scripts.ts'
import { succeed } from '../volumes/script-result.ts'
import { humanSize } from '../units.ts'
import { checkTree } from '../volumes/staged-tree.ts'
import type { Walk } from '../volumes/walk.ts'
import { archiveOf } from './archive-of.ts'
import { checkDigests } from './check-digests.ts'
import { filesOf, unpackedSize } from './contents.ts'
import type { StoredSnapshot } from './format.ts'
import { formatReference } from './reference.ts'

/** Restores a whole volume; the progress says `title`. Every byte of the snapshot is checked before the first is written. */
export async function restoreVolume(
  world: World,
  step: RestoreStep,
  title = `Restore ${step.volume}`,
): Promise<Filled> {
  const { snapshot } = step
  const reader = startFrameReader(world.signal)
  const task = world.progress.start(title)
  try {
    const needed = await checkWhole(world, snapshot, reader, task)
    const request = fillRequestOf(world, step, { needed, reader, task })
    const filled = await fillVolume(world, { ...request, hold: step.hold })
    task.finish()
    return filled
  } catch (error) {
    task.fail()
    throw error
  } finally {
    await reader.close()
  }
}

/** How a snapshot that was checked is brought into a volume; whose containers are held is not said here. */
export function fillRequestOf(
  world: World,
  step: RestoreStep,
  {
    needed,
    reader,
    task,
  }: { readonly needed: Needed; readonly reader: FrameReader; readonly task: ProgressTaskPort },
): FillRequest {
  const { snapshot, volume } = step
  return {
    kind: 'restore',
    undo: {
      takenBy: step.takenBy ?? 'restore',
      replacedBy: formatReference(snapshot),
      ...(step.otherVersion === true ? { stopped: [] } : {}),
    },
    volume,
    make: step.make,
    replace: step.replace,
    images: step.images,
    accept: (room) => refuseIfTooSmall(volume, room, needed),
    async fill(helper) {
      task.update({ done: 0, total: needed.bytes, text: 'unpacking' })
      await unpack(helper, told(archiveOf(world.store, snapshot, reader), task), 'taken')
    },
    check: (walk) => checkAgainst(world, snapshot, walk),
    async put(helper, note) {
      task.update({ text: 'putting in place' })
      const args = [helper.path('volume'), stagingName, '', note]
      const said = await succeed(helper, switchScript, args, 'put the files in place')
      task.finish()
      return said
    },
  }
}

/** What the contents of a snapshot take. */
export type Needed = { readonly bytes: number; readonly inodes: number }

/** Fails with SNAPSHOT_DAMAGED unless every blob is what the manifest says; tells what the contents need. */
export async function checkWhole(
  world: World,
  snapshot: StoredSnapshot,
  reader: FrameReader,
  task: ProgressTaskPort,
): Promise<Needed> {
  const total = snapshot.manifest.layers.reduce((sum, { size }) => sum + size, 0)
  let done = 0
  task.update({ done, total, text: 'checking' })
  await checkDigests(world.store, snapshot, reader, (bytes) => {
    world.signal.throwIfAborted()
    done += bytes
    task.update({ done })
  })
  return { bytes: await unpackedSize(world.store, snapshot), inodes: snapshot.config.totals.entries }
}

/** Refuses before anything is written; what is there stays until the new contents are complete, so both must fit. */
export function refuseIfTooSmall(volume: string, room: Room, needed: Needed): void {
  if (room.bytes < needed.bytes)
    throw new VolError(
      'NO_SPACE',
      `The volume "${volume}" has ${humanSize(room.bytes)} free; the contents need about ${humanSize(needed.bytes)} beside what is there.`,
    )
  if (room.inodes < needed.inodes)
    throw new VolError(
      'NO_SPACE',
      `The volume "${volume}" has room for ${room.inodes} more files; ${needed.inodes} are needed.`,
    )
}

/** Hands chunks on, telling how many bytes they were. */
export async function* told(
  chunks: AsyncIterable<Uint8Array<ArrayBuffer>>,
  task: ProgressTaskPort,
): AsyncGenerator<Uint8Array> {
  let done = 0
  for await (const chunk of chunks) {
    done += chunk.length
    yield chunk
    task.update({ done })
  }
}

async function checkAgainst(world: World, snapshot: StoredSnapshot, walk: Walk): Promise<void> {
  const tree = checkTree(walk)
  for await (const record of filesOf(world.store, snapshot)) tree.add(record)
  tree.finish()
}
