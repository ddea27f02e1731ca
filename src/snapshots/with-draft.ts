import { startCompressor, type Compressor } from '../frames/compress.ts'
import type { ProgressTaskPort, World } from '../plan/world.ts'
import type { Draft } from '../stores/store.ts'

/** What a snapshot is written with. */
export type Drafting = {
  readonly draft: Draft
  readonly compressor: Compressor
  /** Whoever commits the draft finishes it; a failure is told by itself. */
  readonly task: ProgressTaskPort
}

/**
 * Opens a draft for a snapshot of a volume, with the threads that compress and a line of progress. What of it was not
 * committed when the action ends is gone, with what earlier runs have left.
 */
export async function withDraft<Result>(
  world: World,
  volume: string,
  { title, total }: { readonly title: string; readonly total?: number },
  action: (drafting: Drafting) => Promise<Result>,
): Promise<Result> {
  const task = world.progress.start(title, total === undefined ? {} : { total })
  // The threads become warm while the store is looked at.
  const compressor = startCompressor()
  try {
    await world.store.clean(volume)
    const draft = await world.store.begin(volume)
    try {
      return await action({ draft, compressor, task })
    } finally {
      await draft.abandon()
    }
  } catch (error) {
    task.fail()
    throw error
  } finally {
    await compressor.close()
  }
}
