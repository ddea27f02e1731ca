/** The only file that knows listr2; it is loaded when there is something to draw. */
import { stripVTControlCharacters } from 'node:util'

import {
  DefaultRenderer,
  Listr,
  ListrDefaultRendererLogLevels,
  ListrLogger,
  ListrTaskState,
  ProcessOutput,
  Spinner,
} from 'listr2'

import { displayWidth } from './display-width.ts'
import { type Line, marks, paint, textsOf } from './progress-line.ts'
import type { Terminal } from './terminal.ts'

/** A list that is redrawn in place. */
export type DrawnList = {
  draw(): void
  /** Draws the list for the last time and leaves it above the cursor. */
  end(): void
}

const states = {
  running: ListrTaskState.STARTED,
  done: ListrTaskState.COMPLETED,
  failed: ListrTaskState.FAILED,
  remark: ListrTaskState.SKIPPED,
}

/**
 * Draws lines with listr2's tasks and its renderer. `Listr.run` is left out: it takes no tasks once it runs, ends some
 * time after its last task and not at once, and on an abort ends the process.
 */
export async function drawList(lines: readonly Line[], terminal: Terminal): Promise<DrawnList> {
  const list = new Listr<object, 'default', 'default'>([], {
    registerSignalListeners: false,
    exitOnError: false,
  })
  const spinner = new Spinner()
  const renderer = new DefaultRenderer(list.tasks, optionsFor(terminal, spinner), list.events)
  let drawn: readonly string[] = []
  let drawnColumns = terminal.size().columns

  const refresh = () => {
    while (list.tasks.length < lines.length) list.add({ title: '-', task: () => {} })
    // The renderer keeps two columns free, the mark and a space take two.
    const texts = textsOf(lines, terminal.size().columns - 4)
    for (const [at, task] of list.tasks.entries()) {
      const line = lines[at]
      task.isEnabled = () => line !== undefined
      task.title = texts[at] ?? ''
      if (line !== undefined) task.state = states[line.state]
    }
  }
  const unfold = () => {
    const { columns, rows } = terminal.size()
    if (columns < drawnColumns) terminal.err(erasureOf(drawn.slice(1 - rows), columns))
    drawnColumns = columns
  }

  await renderer.render()
  return {
    draw: () => {
      refresh()
      unfold()
      spinner.spin()
      renderer.update()
      drawn = stripVTControlCharacters(renderer.create()).split('\n')
    },
    end: () => {
      refresh()
      unfold()
      const last = renderer.create()
      renderer.end()
      if (last !== '') terminal.err(`${last}\n`)
    },
  }
}

/**
 * A screen that was made narrower has folded the lines on it, which the renderer does not know: erases all of it and
 * goes to where the renderer believes to be.
 */
function erasureOf(lines: readonly string[], columns: number): string {
  const height = lines.reduce((sum, line) => sum + Math.max(1, Math.ceil(displayWidth(line) / columns)), 0)
  return height === lines.length ? '' : `\u001b[${height}A\r\u001b[J\u001b[${lines.length}B`
}

type RendererOptions = ConstructorParameters<typeof DefaultRenderer>[1]

function optionsFor(terminal: Terminal, spinner: Spinner): RendererOptions {
  const screen = screenOf(terminal)
  const { COMPLETED, FAILED, PENDING, SKIPPED_WITH_COLLAPSE } = ListrDefaultRendererLogLevels
  const painter = (color: 'cyan' | 'green' | 'red') => (text?: string) => paint(terminal, color, text ?? '')
  return {
    // Drawn when we say so, with a timer that does not keep the process alive; erased at the end.
    lazy: true,
    clearOutput: true,
    logger: new ListrLogger({ processOutput: new ProcessOutput(screen, screen) }),
    icon: {
      [PENDING]: () => spinner.fetch(),
      [COMPLETED]: marks.done.mark,
      [FAILED]: marks.failed.mark,
      [SKIPPED_WITH_COLLAPSE]: '',
    },
    color: {
      [PENDING]: painter('cyan'),
      [COMPLETED]: painter(marks.done.color),
      [FAILED]: painter(marks.failed.color),
    },
  }
}

/**
 * What listr2 takes for stdout: it would keep back everything that is written to the true one, and give it out trimmed
 * at the end. The cursor, which it hides, is shown again with each write, so that nothing is left to be put back when
 * we are killed.
 */
function screenOf(terminal: Terminal): NodeJS.WriteStream {
  const screen = {
    write: (text: string) => terminal.err(`${text.replaceAll('\u001b[?25l', '')}\u001b[?25h`),
    get columns() {
      return terminal.size().columns
    },
    get rows() {
      return terminal.size().rows
    },
  }
  // Of a whole terminal listr2 and log-update use no more than this.
  // oxlint-disable-next-line no-unsafe-type-assertion
  return screen as unknown as NodeJS.WriteStream
}
