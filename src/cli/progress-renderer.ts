import { humanDuration, humanSize } from './units.ts'

/** A piece of work as it stands. Times in milliseconds of one clock, sizes in bytes. */
export type Work = {
  readonly title: string
  readonly startedAt: number
  done: number
  total: number | undefined
  text: string | undefined
  /** When what is here was true. */
  now: number
  samples: readonly { readonly at: number; readonly done: number }[]
}

/** One way to show progress. */
export type ProgressRenderer = {
  started(work: Work): void
  updated(work: Work): void
  ended(work: Work, outcome: 'done' | 'failed'): void
  message(text: string): void
  close(): void
}

/**
 * Bytes per second over the last few seconds; undefined before that can be told. Between two updates the rate
 * stays as it was, but work that has come to a stop is seen to slow down.
 */
export function rateOf({ samples, now, done }: Work): number | undefined {
  const [first] = samples
  const last = samples.at(-1)
  if (first === undefined || last === undefined || last.done <= first.done) return undefined
  const stalled = now - last.at > 2000
  const [until, bytes] = stalled ? [now, done] : [last.at, last.done]
  return until - first.at < 500 ? undefined : ((bytes - first.done) / (until - first.at)) * 1000
}

/** `612MB of 1.24GB`, `98.1MB/s`, `6s left`: what is known of it, in this order. */
export function figuresOf(work: Work): string[] {
  const { done, total } = work
  const rate = rateOf(work)
  const size =
    total === undefined ? humanSize(done) : `${humanSize(Math.min(done, total))} of ${humanSize(total)}`
  const left = rate === undefined || total === undefined || done >= total ? undefined : (total - done) / rate
  return [
    ...(done === 0 && total === undefined ? [] : [size]),
    ...(rate === undefined ? [] : [`${humanSize(rate)}/s`]),
    ...(left === undefined
      ? []
      : [`${humanDuration(Math.max(1, Math.ceil(left)) * 1000).replace('.0', '')} left`]),
  ]
}

/** What came of it: `1.24GB in 12.3s`. */
export function outcomeOf({ done, now, startedAt, text }: Work): string {
  return text ?? `${done === 0 ? '' : `${humanSize(done)} in `}${humanDuration(now - startedAt)}`
}
