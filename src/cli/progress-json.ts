import type { Work, ProgressRenderer } from './progress-renderer.ts'
import type { Terminal } from './terminal.ts'

const pause = 500

/** For programs: one JSON object a line, with the names that compose's `--progress json` uses. */
export function jsonRenderer(terminal: Terminal): ProgressRenderer {
  const lastLine = new WeakMap<object, number>()
  const line = (object: unknown) => terminal.err(`${JSON.stringify(object)}\n`)
  const tell = (work: Work, status: 'Working' | 'Done' | 'Error') => {
    const { title, done, total, text } = work
    const percent =
      total === undefined || total === 0 ? undefined : Math.min(100, Math.floor((done / total) * 100))
    line({ id: title, status, text, current: done, total, percent })
  }
  return {
    started: (work) => {
      lastLine.set(work, work.now)
      tell(work, 'Working')
    },
    updated: (work) => {
      if (work.now - (lastLine.get(work) ?? 0) < pause) return
      lastLine.set(work, work.now)
      tell(work, 'Working')
    },
    ended: (work, outcome) => tell(work, outcome === 'done' ? 'Done' : 'Error'),
    message: (text) => line({ text }),
    close: () => {},
  }
}
