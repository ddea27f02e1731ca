import { createReadStream } from 'node:fs'
import { VolError } from '../errors.ts'
import type { ImportStep } from '../plan/step.ts'
import type { World } from '../plan/world.ts'
import { systemCode } from '../stores/failure.ts'
import { decompressed } from '../tar/decompress.ts'
import { importForeign, type ImportSummary } from '../tar/import.ts'
import { stagingName } from './archive-script.ts'
import { expectedFiles } from './expected-files.ts'
import { fillVolume, type Filled, type Room } from './fill.ts'
import { unpack } from './unpack.ts'
import { switchScript } from './restore-scripts.ts'
import { succeed } from './script-result.ts'

/** Restores a tar that was made by anyone: read strictly, checked against policy, and written anew for tar. */
export async function importArchive(world: World, step: ImportStep): Promise<Filled> {
  const { volume, from } = step
  const task = world.progress.start(`Restore ${volume}`)
  const expected = expectedFiles()
  let room: Room = { bytes: 0, inodes: 0 }
  let summary: ImportSummary | undefined
  // A directory that holds the name which a restore needs cannot come to stand for the volume.
  let isTopTaken = false
  const top = () => (isTopTaken ? '' : recipeDirectory(summary))
  let filled: Filled
  try {
    filled = await fillVolume(world, {
      kind: 'restore',
      undo: { takenBy: 'restore', replacedBy: from },
      volume,
      make: step.make,
      hold: step.hold,
      replace: step.replace,
      images: step.images,
      accept(found) {
        room = found
      },
      async fill(helper) {
        const archive = importForeign(decompressed(sourceOf(world, from)), {
          allowDevices: step.allowDevices,
          maxBytes: room.bytes,
          ...(Number.isFinite(room.inodes) ? { maxEntries: room.inodes } : {}),
          entry(entry) {
            refuseStagingName(entry.path)
            isTopTaken ||= entry.path.split('/', 2)[1] === stagingName
            expected.add(entry)
          },
        })
        let done = 0
        await unpack(helper, counted(archive.chunks))
        summary = archive.summary()
        async function* counted(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
          for await (const chunk of chunks) {
            done += chunk.length
            yield chunk
            task.update({ done })
          }
        }
      },
      check: async (walk) => await expected.check(walk),
      async put(helper, note) {
        const args = [helper.path('volume'), stagingName, top(), note]
        const said = await succeed(helper, switchScript, args, 'put the files in place')
        task.finish()
        return said
      },
    })
    task.finish()
  } catch (error) {
    task.fail()
    throw error
  }
  const warnings = [
    ...filled.warnings,
    ...(top() === ''
      ? []
      : [`Everything in the archive lies in "${top()}/", which was taken for the volume itself.`]),
    ...(summary?.warnings.map(({ path, message }) =>
      path === undefined ? message : `"${path}": ${message}`,
    ) ?? []),
  ]
  return { ...filled, warnings }
}

/**
 * The directory that stands for the volume in an archive of the classic recipe (`tar czf x.tgz -C / data`), or
 * nothing. A name that a shell script could read otherwise is taken as it is.
 */
function recipeDirectory(summary: ImportSummary | undefined): string {
  const top = summary?.singleTopDirectory ?? ''
  return /^[\w][\w.-]*$/.test(top) ? top : ''
}

function refuseStagingName(path: string): void {
  if (path.split('/', 1)[0] === stagingName)
    throw new VolError(
      'ARCHIVE_REFUSED',
      `The archive holds "${stagingName}", a name that a restore needs for itself.`,
    )
}

function sourceOf(world: World, from: string): AsyncIterable<Uint8Array> {
  if (from === '-') return world.standardInput()
  return readFile(from, world.signal)
}

async function* readFile(file: string, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const chunks: AsyncIterable<Buffer> = createReadStream(file, { highWaterMark: 1024 * 1024, signal })
  try {
    for await (const chunk of chunks) yield chunk
  } catch (error) {
    signal.throwIfAborted()
    throw unreadableArchive(file, error)
  }
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'there is no such file',
  EISDIR: 'it is a directory',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
}

/** What is told of an archive that cannot be read; what is no failure of the operating system stays as it is. */
export function unreadableArchive(file: string, error: unknown): unknown {
  const code = systemCode(error)
  if (code === undefined) return error
  return new VolError('FAILED', `The archive ${file} could not be read: ${reasons[code] ?? code}.`, {
    suggestions: ['Name a .tar, .tar.gz or .tar.zst that you may read, or - for standard input.'],
  })
}
