import { VolError } from '../errors.ts'
import type { World } from '../plan/world.ts'
import { freeze } from './freeze.ts'
import type { HeldContainer } from './held-container.ts'
import { startHolding } from './holding.ts'
import type { Hold } from './plan-hold.ts'

/** What is done while containers are held gets this. */
export type Held = {
  /** The same world, but also interrupted when the time of the hold is over. */
  readonly world: World
  readonly containers: readonly HeldContainer[]
  /**
   * Lets all go on that are still held. Fails with NOT_CONSISTENT when somebody could have written one of the volumes
   * meanwhile. To be called as soon as the volumes need no longer stay as they are; it is done at the end in any case.
   */
  release(): Promise<void>
  /** The same for those that are held for no other volume, and depend on nothing that is. */
  volumeDone(volume: string): Promise<void>
  /**
   * Ends the hold without letting go on who was stopped for it: that has left them nothing that they can use. Those that
   * can use it (`Hold.starts`) are started.
   */
  leaveStopped(): Promise<void>
  /** Fails with NOT_CONSISTENT when somebody could have written one of the volumes since the hold was complete. */
  confirmUnbroken(): Promise<void>
}

/** What is done in a hold has left a volume half written, and could not put it right: nobody may go on in it. */
export class HalfDone extends VolError {}

/**
 * Does something while nobody can write the volumes of the hold, and lets all containers go on whatever comes of it: an
 * error, an interruption, the end of its time (HOLD_ENDED), or our own death, for which a watchdog waits. Only what
 * runs is held; what is paused or stopped already stays so. Fails with BUSY when another command holds one of the
 * containers, and with VOLUME_IN_USE when one keeps starting. After a HalfDone all stay held until we have ended: then
 * the watchdog tries to put the volumes right, and after it the next run.
 */
export async function withHold<Result>(
  world: World,
  hold: Hold,
  action: (held: Held) => Promise<Result>,
): Promise<Result> {
  const holding = await startHolding(world, hold)
  const within = world.withSignal(AbortSignal.any([world.signal, holding.late]))
  const { signal } = within
  let cutShort = false
  const end = () => {
    cutShort ||= holding.containers().length > 0
    // Whoever waits for the release below is told of its failure.
    holding.releaseAll().catch(() => undefined)
  }
  /** Whatever was done after that was done without a hold. */
  const refuseCutShort = () => {
    if (cutShort) signal.throwIfAborted()
  }
  try {
    // It is in the journal even if there is nobody to hold: after a crash these are to be started all the same.
    if (hold.starts !== undefined) await world.journal.begin(holding.entry)
    holding.completed(await freeze(within, hold, holding))
    signal.throwIfAborted()
    if (hold.writes !== true) signal.addEventListener('abort', end)
    const releasing = async (act: () => Promise<void>) => {
      await act()
      refuseCutShort()
    }
    const result = await action({
      world: within,
      containers: holding.containers(),
      release: async () => await releasing(() => holding.releaseAll()),
      volumeDone: async (volume) => await releasing(() => holding.releaseOf(volume)),
      leaveStopped: () => holding.leaveStopped(),
      confirmUnbroken: () => holding.confirmUnbroken(),
    })
    refuseCutShort()
    await holding.releaseAll()
    return result
  } catch (error) {
    if (error instanceof HalfDone) throw error
    await holding.releaseAll().catch((failure: unknown) => {
      if (failure !== error)
        world.progress.message(failure instanceof Error ? failure.message : String(failure))
    })
    throw signal.aborted ? signal.reason : error
  } finally {
    signal.removeEventListener('abort', end)
  }
}
