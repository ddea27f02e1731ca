import type { Clock } from './progress.ts'
import { lastingLine, type Line } from './progress-line.ts'
import type { DrawnList } from './progress-list.ts'
import type { ProgressRenderer } from './progress-renderer.ts'
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

  const tick = () => {
    const now = clock.now()
    for (const line of lines) if (line.state === 'running') line.work.now = now
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
    for (const line of lines) if (line.state === 'running') line.state = 'dropped'
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
      const line = lines.find((other) => other.state !== 'remark' && other.work === work)
      if (line === undefined || line.state === 'remark') {
        terminal.err(lastingLine({ work, state: outcome }, terminal))
        return
      }
      line.state = outcome
      if (lines.some(({ state }) => state === 'running')) list?.draw()
      else close()
    },
    message: (text) => {
      if (lines.length === 0) terminal.err(`${safeText(text)}\n`)
      else lines.push({ remark: text, state: 'remark' })
      list?.draw()
    },
    close,
  }
}
