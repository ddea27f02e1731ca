import { randomBytes } from 'node:crypto'
import { closeSync, openSync, renameSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { VolError } from '../errors.ts'
import { compressFrame, discard } from '../frames/codec.ts'
import { startCompressor } from '../frames/compress.ts'
import type { ExportStep } from '../plan/step.ts'
import type { ArchiveSink, World } from '../plan/world.ts'
import { judge, warningsOf } from '../snapshots/judge.ts'
import { syncDirectory, syncFile, writeWhole } from '../stores/durable.ts'
import { systemCode } from '../stores/failure.ts'
import { endOfArchive } from '../tar/write.ts'
import { archiveVolume } from './archive.ts'
import { withHelper } from './session.ts'

/** Writes a plain tar of a volume. Returns what to warn of. A failed one lacks its end mark and is never named. */
export async function exportVolume(world: World, step: ExportStep): Promise<readonly string[]> {
  const { observed, output, compression } = step
  const { name } = observed.volume
  const sink = output === '-' ? world.standardOutput() : fileSink(output)
  const task = world.progress.start(`Write ${name} to ${output === '-' ? 'standard output' : output}`)
  const compressor = startCompressor()
  let done = 0
  try {
    const images = observed.consumers.map(({ imageId }) => imageId)
    const archived = await withHelper(world, { reads: name, images }, (helper) =>
      archiveVolume({
        helper,
        mount: 'volume',
        compressor,
        codec: compression,
        // Busybox would restore a sparse file under another name, with GNU's map of its holes in it, and say nothing.
        dense: true,
        signal: world.signal,
        expect: (total) => task.update({ total }),
        record: () => undefined,
        async frame({ bytes, raw }) {
          await sink.write(bytes)
          discard(bytes)
          done += raw
          task.update({ done })
        },
      }),
    )
    const consistency = judge(archived, { method: step.method, why: step.why })
    await sink.write(compressFrame(compression, endOfArchive))
    await sink.finish()
    task.finish()
    const warnings = warningsOf(archived, consistency)
    return [
      ...warnings.map(({ path, message }) => (path === undefined ? message : `"${path}": ${message}`)),
      ...consistency.changed.map((path) => `"${path}" changed while it was read.`),
    ]
  } catch (error) {
    sink.abandon()
    task.fail()
    throw error
  } finally {
    await compressor.close()
  }
}

/** A new file beside the one that is meant, which it replaces once it is whole and on disk. */
function fileSink(file: string): ArchiveSink {
  const temporary = `${file}.${randomBytes(4).toString('hex')}.partial`
  const descriptor = inFile(file, () => openSync(temporary, 'wx', 0o600))
  let open = true
  return {
    write: (bytes) => inFile(file, () => writeWhole(descriptor, bytes)),
    async finish() {
      try {
        await syncFile(descriptor)
        closeSync(descriptor)
        open = false
        renameSync(temporary, file)
        await syncDirectory(dirname(file))
      } catch (error) {
        throw failureOf(file, error)
      }
    },
    abandon() {
      if (open) closeSync(descriptor)
      open = false
      rmSync(temporary, { force: true })
    },
  }
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such directory',
  ENOTDIR: 'there is no such directory',
  EISDIR: 'it is a directory',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
}

function inFile<Result>(file: string, action: () => Result): Result {
  try {
    return action()
  } catch (error) {
    throw failureOf(file, error)
  }
}

function failureOf(file: string, error: unknown): unknown {
  const code = systemCode(error)
  if (code === undefined) return error
  if (code === 'ENOSPC' || code === 'EDQUOT')
    return new VolError('NO_SPACE', `There is no space left for ${file}.`, { cause: error })
  return new VolError('FAILED', `The file ${file} could not be written: ${reasons[code] ?? code}.`, {
    suggestions: ['Name a file in a directory that is there and that you may write to.'],
  })
}
