import { figuresOf, outcomeOf, type ProgressRenderer } from './progress-renderer.ts'
import { safeText } from './safe-text.ts'
import type { Terminal } from './terminal.ts'

const pause = 5000

/** For logs: a line at the beginning, one every few seconds, a line at the end. */
export function plainRenderer(terminal: Terminal): ProgressRenderer {
  const lastLine = new WeakMap<object, number>()
  const line = (text: string) => terminal.err(`${safeText(text)}\n`)
  return {
    started: (work) => {
      lastLine.set(work, work.now)
      line(`${work.title} ...`)
    },
    updated: (work) => {
      if (work.now - (lastLine.get(work) ?? 0) < pause) return
      lastLine.set(work, work.now)
      const figures = [...(work.text === undefined ? [] : [work.text]), ...figuresOf(work)]
      if (figures.length > 0) line(`${work.title}: ${figures.join(', ')}`)
    },
    ended: (work, outcome) => {
      if (outcome === 'done') line(`${work.title}: done, ${outcomeOf(work)}`)
      else line(`${work.title}: failed${work.text === undefined ? '' : `, ${work.text}`}`)
    },
    message: line,
    close: () => {},
  }
}
