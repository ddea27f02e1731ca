import type { BuildPhase, Built } from './request.ts'

/** Times phases that follow on each other. */
export function stopwatch(now: () => number = () => performance.now()) {
  const timings: Built['timings'][number][] = []
  let since = now()
  return {
    /** The phase that has just ended. */
    done(phase: BuildPhase): void {
      const until = now()
      timings.push({ phase, milliseconds: Math.round(until - since) })
      since = until
    },
    all: (): Built['timings'] => timings,
  }
}
