import type { Clock } from './progress.ts'
import type { Work, ProgressRenderer } from './progress-renderer.ts'
import { throttle } from './progress-throttle.ts'
import type { Terminal } from './terminal.ts'

const pause = 500

/** For programs: one JSON object a line, with the names that compose's `--progress json` uses. */
export function jsonRenderer(terminal: Terminal, clock: Clock): ProgressRenderer {
  const line = (object: unknown) => terminal.err(`${JSON.stringify(object)}\n`)
  const tell = (work: Work, status: 'Working' | 'Done' | 'Error') => {
    const { title, done, total, text } = work
    const percent =
      total === undefined || total === 0 ? undefined : Math.min(100, Math.floor((done / total) * 100))
    line({ id: title, status, text, current: done, total, percent })
  }
  const throttled = throttle(clock, pause, (work) => tell(work, 'Working'))
  return {
    started: (work) => {
      throttled.started(work)
      tell(work, 'Working')
    },
    updated: throttled.updated,
    ended: (work, outcome) => {
      throttled.ended(work)
      tell(work, outcome === 'done' ? 'Done' : 'Error')
    },
    message: (text) => line({ text }),
    close: () => {},
  }
}
