import type { Clock } from './progress.ts'
import { figuresOf, outcomeOf, type ProgressRenderer } from './progress-renderer.ts'
import { throttle } from './progress-throttle.ts'
import { safeText } from './safe-text.ts'
import type { Terminal } from './terminal.ts'

const pause = 5000

/** For logs: a line at the beginning, one every few seconds, a line at the end. */
export function plainRenderer(terminal: Terminal, clock: Clock): ProgressRenderer {
  const line = (text: string) => terminal.err(`${safeText(text)}\n`)
  const throttled = throttle(clock, pause, (work) => {
    const figures = [...(work.text === undefined ? [] : [work.text]), ...figuresOf(work)]
    if (figures.length > 0) line(`${work.title}: ${figures.join(', ')}`)
  })
  return {
    started: (work) => {
      throttled.started(work)
      line(`${work.title} ...`)
    },
    updated: throttled.updated,
    ended: (work, outcome) => {
      throttled.ended(work)
      if (outcome === 'done') line(`${work.title}: done, ${outcomeOf(work)}`)
      else line(`${work.title}: failed${work.text === undefined ? '' : `, ${work.text}`}`)
    },
    message: line,
    close: () => {},
  }
}
