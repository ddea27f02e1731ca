import { VolError } from '../errors.ts'
import { startFrameReader, type FrameReader } from '../frames/read.ts'
import type { RestorePathsStep } from '../plan/step.ts'
import type { World } from '../plan/world.ts'
import { printableName } from '../tar/name.ts'
import { endOfArchive } from '../tar/write.ts'
import { stagingName } from '../volumes/archive-script.ts'
import { dropNames } from '../volumes/drop-names.ts'
import { fillVolume, type Filled } from '../volumes/fill.ts'
import { inTheWay } from '../volumes/in-the-way.ts'
import { unpack } from '../volumes/unpack.ts'
import { putPathsScript } from '../volumes/put-paths-script.ts'
import { failUnless } from '../volumes/script-result.ts'
import { checkTree } from '../volumes/staged-tree.ts'
import { filesOf, layersOf, openLayer } from './contents.ts'
import { asDamage } from './damage.ts'
import type { FileRecord, StoredSnapshot } from './format.ts'
import { formatReference } from './reference.ts'
import { checkWhole, refuseIfTooSmall } from './restore-volume.ts'
import { firstNamesOnly, selectFiles } from './select.ts'
import { rangesOf, slicesOf } from './slices.ts'

/** Restores single files and directories; everything else in the volume stays. */
export async function restorePaths(world: World, step: RestorePathsStep): Promise<Filled> {
  const { snapshot, volume, paths, exact = false } = step
  const reader = startFrameReader(world.signal)
  const task = world.progress.start(
    `Restore ${paths.length === 1 ? paths[0] : `${paths.length} paths`} in ${volume}`,
  )
  try {
    const selected = await select(world, snapshot, paths, exact)
    await checkWhole(world, snapshot, reader, task)
    const bytes = selected.reduce((sum, { length }) => sum + length, 0)
    task.update({ done: 0, total: bytes, text: 'unpacking' })
    const filled = await fillVolume(world, {
      kind: 'restore',
      undo: { takenBy: step.takenBy ?? 'restore', replacedBy: formatReference(snapshot) },
      volume,
      make: step.make,
      hold: step.hold,
      replace: true,
      images: step.images,
      accept: (room) => refuseIfTooSmall(volume, room, { bytes, inodes: selected.length }),
      fill: (helper) => unpack(helper, archiveOfFiles(world, snapshot, selected, reader)),
      check(walk) {
        const tree = checkTree(walk, { impliedDirectories: true })
        for (const record of selected) tree.add(record)
        tree.finish()
        return Promise.resolve()
      },
      async put(helper, note) {
        await dropNames(helper, firstNamesOnly(selected, asBytes(paths)))
        const args = [helper.path('volume'), stagingName, note, exact ? 'exact' : '', ...paths]
        const result = await helper.run({ text: putPathsScript, arguments: args })
        if (result.exitCode === inTheWay.notADirectory)
          throw new VolError(
            'VOLUME_CONFLICT',
            `"${printableName(result.stdout.trim())}" in the volume "${volume}" is no directory any more.`,
            { suggestions: ['Restore --into another volume, and take the file from there.'] },
          )
        failUnless(result, 'put the files in place')
        task.finish()
        return result.stdout
      },
    })
    task.finish()
    return filled
  } catch (error) {
    task.fail()
    throw error
  } finally {
    await reader.close()
  }
}

async function select(
  world: World,
  snapshot: StoredSnapshot,
  paths: readonly string[],
  exact: boolean,
): Promise<readonly FileRecord[]> {
  const { selected, missing } = await selectFiles(() => filesOf(world.store, snapshot), asBytes(paths))
  const [first] = missing
  if (first !== undefined && !exact)
    throw new VolError(
      'PATH_NOT_FOUND',
      `${formatReference(snapshot)} holds no "${Buffer.from(first, 'latin1').toString()}".`,
    )
  return selected
}

/** Paths as a file table has them. */
function asBytes(paths: readonly string[]): readonly string[] {
  return paths.map((path) => Buffer.from(path).toString('latin1'))
}

/** A tar of some files, read from nothing but the frames that hold them. Files come in the order of the archive. */
async function* archiveOfFiles(
  world: World,
  snapshot: StoredSnapshot,
  selected: readonly FileRecord[],
  reader: FrameReader,
): AsyncGenerator<Uint8Array> {
  const ofLayer = Map.groupBy(selected, ({ layer }) => layer)
  for (const [index, descriptor] of layersOf(snapshot).entries()) {
    const files = ofLayer.get(index)
    if (files === undefined) continue
    const layer = await openLayer(world.store, snapshot, descriptor)
    try {
      const slices = slicesOf(layer.frames, rangesOf(files))
      const places = slices.map(({ frame }) => ({ ...frame, descriptor: layer.blob.descriptor }))
      let next = 0
      for await (const bytes of reader.frames(places)) {
        for (const { from, to } of slices[next]?.wanted ?? []) yield bytes.subarray(from, to)
        next += 1
      }
    } catch (error) {
      throw asDamage(snapshot, descriptor, error)
    } finally {
      await layer.close()
    }
  }
  yield endOfArchive
}
