import { closeSync } from 'node:fs'
import type { PipedScript, ScriptResult } from '../docker/docker.ts'
import type { Compressor } from '../frames/compress.ts'
import type { World } from '../plan/world.ts'
import type { Draft } from '../stores/store.ts'
import { graftedStream, type Graft, type GraftedStream } from '../volumes/grafted-stream.ts'
import { fileTableWriter } from './file-table.ts'
import { mediaTypes, type Consistency, type Warning } from './format.ts'
import { layerWriter, type Taken } from './take.ts'
import { totalsCounter } from './totals.ts'

export type StreamRequest = {
  readonly compressor: Compressor
  readonly draft: Draft
  /** Starts what prints a tar of one directory of the volume. */
  start(): Promise<PipedScript>
  /** Where the directory lies, what to do with its entries, and what of the volume is outside; see `graftedStream`. */
  readonly graft: Pick<Graft, 'path' | 'entry' | 'data'>
  /** May still be found out while the script begins. */
  readonly directories: Promise<Graft['directories']>
  /**
   * Judges how the script ended: says what to warn of, or fails. `whole` tells whether its tar had its end; one that
   * had not must fail.
   */
  judge(result: ScriptResult, whole: boolean): readonly Warning[]
  readonly consistency: Pick<Consistency, 'method' | 'why'>
  progress(bytes: number): void
}

/** Writes the contents of a volume into a draft, from a tar of one of its directories that a script prints. */
export async function takeStream(world: World, request: StreamRequest): Promise<Taken> {
  const { compressor, draft } = request
  const files = fileTableWriter(draft.blob(mediaTypes.fileTable))
  const layers = layerWriter(draft)
  const counter = totalsCounter()
  let done = 0
  const warnings = await readStream(world, request, {
    record(record) {
      counter.add(record)
      files.add(record)
    },
    run: (descriptor, look) =>
      compressor.run({
        descriptor,
        codec: 'zstd',
        signal: world.signal,
        look,
        frame(frame) {
          layers.write(frame)
          done += frame.raw
          request.progress(done)
        },
      }),
  })
  const descriptors = await layers.finish()
  const storedBytes = descriptors.reduce((sum, { size }) => sum + size, 0)
  return {
    layers: [...descriptors, await files.finish()],
    totals: { ...counter.totals(), storedBytes },
    consistency: { ...request.consistency, changed: [] },
    warnings,
  }
}

type Reading = Pick<Graft, 'record'> & {
  readonly run: (descriptor: number, look: GraftedStream['look']) => Promise<void>
}

async function readStream(
  world: World,
  request: StreamRequest,
  { record, run }: Reading,
): Promise<readonly Warning[]> {
  // Asked for first, so that it is not left unheard when the script cannot even begin.
  const { directories: outside } = request
  outside.catch(() => undefined)
  const piped = await request.start()
  const interrupted = () => piped.wake()
  world.signal.addEventListener('abort', interrupted)
  let reading = true
  try {
    const stream = graftedStream({ ...request.graft, directories: await outside, record })
    await run(piped.descriptor, (block) => stream.look(block))
    reading = false
    closeSync(piped.descriptor)
    const result = await piped.result
    let cut: unknown
    try {
      stream.finish()
    } catch (error) {
      cut = error
    }
    const warnings = request.judge(result, cut === undefined)
    if (cut !== undefined) throw cut
    return warnings
  } catch (error) {
    if (reading) await giveUp(request.compressor, piped)
    world.signal.throwIfAborted()
    throw error
  } finally {
    world.signal.removeEventListener('abort', interrupted)
  }
}

/** Ends a script that nobody needs any more, and waits until it has. */
async function giveUp(compressor: Compressor, piped: PipedScript): Promise<void> {
  // Nobody may read any more when the descriptor is closed: its number may soon be that of another file.
  const ended = compressor.close()
  piped.wake()
  await ended
  // With it goes docker's own command, should it wait for us to read.
  closeSync(piped.descriptor)
  await piped.result.catch(() => undefined)
}
