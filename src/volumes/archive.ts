import { closeSync } from 'node:fs'
import type { Helper } from '../docker/docker.ts'
import { VolError } from '../errors.ts'
import type { CodecName } from '../frames/codec.ts'
import type { CompressedFrame, Compressor } from '../frames/compress.ts'
import type { FileRecord } from '../snapshots/format.ts'
import { planLayers, type LayerPlan } from '../snapshots/layers.ts'
import { archiveScript, stagingName } from './archive-script.ts'
import { archiveStream, type ArchiveEnd } from './archive-stream.ts'
import { readWalk } from './read-walk.ts'
import type { Walk } from './walk.ts'

export type ArchiveRequest = {
  readonly helper: Helper
  /** The mount to read. */
  readonly mount: string
  readonly compressor: Compressor
  readonly codec: CodecName
  readonly signal: AbortSignal
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

/** Reads a whole volume through a helper, as one tar stream cut into layers. Judges nothing but completeness. */
export async function archiveVolume(request: ArchiveRequest): Promise<Archived> {
  const { helper, signal } = request
  const list = Promise.withResolvers<{ readonly walk: Walk; readonly plan: LayerPlan }>()
  list.promise.catch(() => undefined)
  const piped = await helper.reading({
    text: archiveScript,
    arguments: [helper.path(request.mount), stagingName],
    input: names(list.promise),
  })
  const interrupted = () => piped.wake()
  signal.addEventListener('abort', interrupted)
  try {
    const walk = await readWalk(piped.descriptor)
    signal.throwIfAborted()
    const plan = planLayers(walk)
    request.expect(plan.bytes)
    list.resolve({ walk, plan })
    const stream = archiveStream(walk, plan, (record) => request.record(record))
    await request.compressor.run({
      descriptor: piped.descriptor,
      codec: request.codec,
      signal,
      look: (block) => stream.look(block),
      frame: (frame) => request.frame(frame),
    })
    const { exitCode, stderr } = await piped.result
    if (exitCode !== 0)
      throw new VolError('FAILED', `The helper ended with exit code ${exitCode}.`, { output: stderr.trim() })
    return { ...stream.finish(), walk, plan, messages: stderr.trim() }
  } catch (error) {
    list.reject(error)
    piped.wake()
    // When the script failed, why it did tells more than where its stream broke off.
    const result = await Promise.race([
      piped.result.catch((reason: unknown) => ({ reason })),
      Promise.resolve(),
    ])
    if (result !== undefined && 'reason' in result && !signal.aborted) throw result.reason
    throw error
  } finally {
    signal.removeEventListener('abort', interrupted)
    closeSync(piped.descriptor)
  }
}

/** The names to archive, each as a path that cannot be taken for an option. */
async function* names(
  list: Promise<{ readonly walk: Walk; readonly plan: LayerPlan }>,
): AsyncGenerator<Uint8Array> {
  const { walk, plan } = await list
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
