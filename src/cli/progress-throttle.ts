import type { Clock } from './progress.ts'
import type { Work } from './progress-renderer.ts'

/** Which pieces of work are under way, and when to say something of each. */
export type Throttle = {
  readonly started: (work: Work) => void
  readonly updated: (work: Work) => void
  readonly ended: (work: Work) => void
}

/**
 * Says at most once in so many milliseconds how a piece of work stands. What came too soon after that is said by a timer,
 * when nothing follows it for a while: a step that takes long is often told only once, when it begins.
 */
export function throttle(clock: Clock, pause: number, say: (work: Work) => void): Throttle {
  const known = new Map<Work, { last: number; isUnsaid: boolean }>()
  let stop: (() => void) | undefined
  const tell = (work: Work, state: { last: number; isUnsaid: boolean }) => {
    state.last = work.now
    state.isUnsaid = false
    say(work)
  }
  const tick = () => {
    const now = clock.now()
    for (const [work, state] of known)
      // Work that is updated all the time says it by itself, with newer figures.
      if (state.isUnsaid && now - state.last >= pause * 1.2) {
        work.now = now
        tell(work, state)
      }
  }
  return {
    started: (work) => {
      known.set(work, { last: work.now, isUnsaid: false })
      stop ??= clock.every(pause / 5, tick)
    },
    updated: (work) => {
      const state = known.get(work)
      if (state === undefined) return
      state.isUnsaid = true
      if (work.now - state.last >= pause) tell(work, state)
    },
    ended: (work) => {
      known.delete(work)
      if (known.size > 0) return
      stop?.()
      stop = undefined
    },
  }
}
