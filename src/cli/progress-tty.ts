import type { Clock } from './progress.ts'
import { lastingLine, type Line } from './progress-line.ts'
import type { DrawnList } from './progress-list.ts'
import type { ProgressRenderer, Work } from './progress-renderer.ts'
import { safeText } from './safe-text.ts'
import type { Terminal } from './terminal.ts'

const frame = 100

/**
 * For a person: a list with a line for each piece of work, redrawn in place by listr2. It begins with the first piece
 * and ends as soon as nothing is under way any more, so that results can be printed below. What is over before
 * anything was drawn leaves the same line, without listr2 being loaded.
 */
export function ttyRenderer(terminal: Terminal, clock: Clock): ProgressRenderer {
  let lines: Line[] = []
  let list: DrawnList | undefined
  let stop: (() => void) | undefined

  /** What stays goes above what is under way, which is what must be seen when the screen is low. */
  const put = (line: Line) => {
    const at = lines.findIndex(isRunning)
    lines.splice(at === -1 ? lines.length : at, 0, line)
  }
  const tick = () => {
    const now = clock.now()
    for (const line of lines) if (isRunning(line)) line.work.now = now
    list?.draw()
  }
  /** Until the list can be drawn, `lines` tells what is to be on it; another `lines` means that it came too late. */
  const load = async () => {
    const wanted = lines
    const { drawList } = await import('./progress-list.ts')
    if (lines !== wanted) return
    const loaded = await drawList(wanted, terminal)
    if (lines === wanted) list = loaded
    else {
      wanted.length = 0
      loaded.end()
    }
    tick()
  }
  const begin = () => {
    let isLoading = false
    return clock.every(frame, () => {
      tick()
      if (isLoading) return
      isLoading = true
      // Work goes on undrawn if listr2 cannot be loaded.
      load().catch(() => {})
    })
  }
  const close = () => {
    stop?.()
    stop = undefined
    // In place, because it is what the list draws.
    lines.splice(0, lines.length, ...lines.filter((line) => !isRunning(line)))
    if (list === undefined) for (const line of lines) terminal.err(lastingLine(line, terminal))
    else list.end()
    list = undefined
    lines = []
  }
  return {
    started: (work) => {
      lines.push({ work, state: 'running' })
      stop ??= begin()
      list?.draw()
    },
    updated: () => {},
    ended: (work, outcome) => {
      const at = lines.findIndex((line) => isRunning(line) && line.work === work)
      if (at !== -1) lines.splice(at, 1)
      put({ work, state: outcome })
      if (lines.some(isRunning)) list?.draw()
      else close()
    },
    message: (text) => {
      if (lines.length === 0) terminal.err(`${safeText(text)}\n`)
      else put({ remark: text, state: 'remark' })
      list?.draw()
    },
    close,
  }
}

function isRunning(line: Line): line is Extract<Line, { work: Work }> {
  return line.state === 'running'
}
