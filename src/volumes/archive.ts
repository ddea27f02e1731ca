import { closeSync } from 'node:fs'
import type { Helper } from '../docker/docker.ts'
import { isVolError, VolError } from '../errors.ts'
import type { CodecName } from '../frames/codec.ts'
import type { CompressedFrame, Compressor } from '../frames/compress.ts'
import type { FileRecord } from '../snapshots/format.ts'
import { planLayers, type LayerPlan } from '../snapshots/layers.ts'
import { archiveScript, stagingName } from './archive-script.ts'
import { archiveStream, type ArchiveEnd } from './archive-stream.ts'
import { failWithReason } from './broken-off.ts'
import { readWalk } from './read-walk.ts'
import { failUnless } from './script-result.ts'
import type { Walk } from './walk.ts'

export type ArchiveRequest = {
  readonly helper: Helper
  /** The mount to read. */
  readonly mount: string
  readonly compressor: Compressor
  readonly codec: CodecName
  /** Writes holes as zeros: tars other than GNU's take its records of holes for the file's data. */
  readonly dense?: boolean
  readonly signal: AbortSignal
  /** Which of the layers are wanted; all when left out. Groups of the plan are kept or left whole. */
  readonly choose?: (walk: Walk, plan: LayerPlan) => LayerPlan
  /** Told the bytes to come, once, when they are known. */
  expect(bytes: number): void
  /** Each file as its headers pass, in the order of the archive. */
  record(record: FileRecord): void
  /** Each compressed stretch, in order; layers follow one another. */
  frame(frame: CompressedFrame): void | Promise<void>
}

export type Archived = ArchiveEnd & {
  readonly walk: Walk
  readonly plan: LayerPlan
  /** What tar said on its standard error. */
  readonly messages: string
}

const reading = 'read the volume'

/** Reads a whole volume through a helper, as one tar stream cut into layers. Judges nothing but completeness. */
export async function archiveVolume(request: ArchiveRequest): Promise<Archived> {
  const { helper, signal, compressor } = request
  const list = Promise.withResolvers<NameList | undefined>()
  const piped = await helper.reading({
    text: archiveScript,
    arguments: [helper.path(request.mount), stagingName, request.dense === true ? 'dense' : ''],
    input: names(list.promise),
  })
  const interrupted = () => piped.wake()
  signal.addEventListener('abort', interrupted)
  try {
    const walk = await readWalk(piped.descriptor)
    signal.throwIfAborted()
    const plan = planLayers(walk)
    const wanted = request.choose?.(walk, plan) ?? plan
    request.expect(wanted.bytes)
    list.resolve({ walk, plan: wanted })
    const stream = archiveStream(walk, wanted, (record) => request.record(record))
    await compressor.run({
      descriptor: piped.descriptor,
      codec: request.codec,
      signal,
      look: (block) => stream.look(block),
      frame: (frame) => request.frame(frame),
    })
    const result = await piped.result
    failUnless(result, reading)
    return { ...stream.finish(), walk, plan, messages: result.stderr.trim() }
  } catch (error) {
    list.resolve(undefined)
    // Nobody may read any more when the descriptor is closed: its number may soon be that of another file.
    const ended = compressor.close()
    piped.wake()
    await ended
    signal.throwIfAborted()
    return await failWithReason(asOurs(error), piped.result, reading)
  } finally {
    signal.removeEventListener('abort', interrupted)
    closeSync(piped.descriptor)
  }
}

/** What our own helper sends is no foreign archive that one could refuse: it was cut. */
function asOurs(error: unknown): unknown {
  if (!isVolError(error, 'ARCHIVE_REFUSED')) return error
  return new VolError('FAILED', 'The archive from the helper is not whole.', { cause: error })
}

type NameList = { readonly walk: Walk; readonly plan: LayerPlan }

/** The names to archive, each as a path that cannot be taken for an option. None when nothing is wanted any more. */
async function* names(wanted: Promise<NameList | undefined>): AsyncGenerator<Uint8Array> {
  const list = await wanted
  if (list === undefined) return
  const { walk, plan } = list
  let text = ''
  for (const index of plan.order) {
    const path = walk.path(index)
    text += path === '' ? '.\0' : `./${path}\0`
    if (text.length > 64 * 1024) {
      yield Buffer.from(text, 'latin1')
      text = ''
    }
  }
  yield Buffer.from(text, 'latin1')
}
