import { cutTo, displayWidth, padTo } from './display-width.ts'
import type { Clock } from './progress.ts'
import { figuresOf, type Work, outcomeOf, type ProgressRenderer } from './progress-renderer.ts'
import { safeLine, safeText } from './safe-text.ts'
import type { Terminal } from './terminal.ts'

const spinner = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏']
const frame = 100

/**
 * For a person: a line for each piece of work that is under way, redrawn in place. What has ended leaves a line
 * above, so that the part that is redrawn never grows beyond the screen. Each redraw is a single write, which is why
 * nothing flickers; the cursor is never hidden, so there is nothing to put back if we are killed.
 */
export function ttyRenderer(terminal: Terminal, clock: Clock): ProgressRenderer {
  const running = new Set<Work>()
  let drawn: readonly string[] = []
  let stop: (() => void) | undefined

  const redraw = (above = '') => {
    const now = clock.now()
    for (const work of running) work.now = now
    const { columns, rows } = terminal.size()
    const lines = frameOf(
      [...running],
      { columns, rows },
      spinner[Math.floor(now / frame) % spinner.length] ?? '',
    )
    if (above === '' && lines.length === drawn.length && lines.every((line, at) => line === drawn[at])) return
    // A screen made narrower has folded the lines that are on it.
    const height = drawn.reduce((sum, line) => sum + Math.max(1, Math.ceil(displayWidth(line) / columns)), 0)
    const back = height === 0 ? '' : `\u001b[${height}A\r`
    terminal.err(`${back}\u001b[J${above}${lines.map((line) => `${paint(terminal, line)}\n`).join('')}`)
    drawn = lines
  }
  const close = () => {
    stop?.()
    stop = undefined
    running.clear()
    redraw()
  }
  return {
    started: (work) => {
      running.add(work)
      stop ??= clock.every(frame, redraw)
      redraw()
    },
    updated: () => {},
    ended: (work, outcome) => {
      running.delete(work)
      const mark = outcome === 'done' ? '✔' : '✘'
      const text = outcome === 'done' ? outcomeOf(work) : (work.text ?? 'failed')
      const line = cutTo(` ${mark} ${safeLine(work.title)}  ${safeLine(text)}`, terminal.size().columns - 1)
      redraw(`${paint(terminal, line)}\n`)
      if (running.size === 0) close()
    },
    message: (text) => redraw(`${safeText(text)}\n`),
    close,
  }
}

/** The lines of one frame, each shorter than the screen is wide, all together less than it is high. */
function frameOf(
  running: readonly Work[],
  { columns, rows }: { readonly columns: number; readonly rows: number },
  spin: string,
): string[] {
  const room = Math.max(1, rows - 2)
  const shown = running.length > room ? running.slice(0, Math.max(1, room - 1)) : running
  const hidden = running.length - shown.length
  const titles = shown.map(({ title }) => safeLine(title))
  const widest = Math.min(Math.max(0, ...titles.map(displayWidth)), Math.max(10, Math.floor(columns * 0.4)))
  const lines = shown.map((work, at) => {
    const text = safeLine(work.text ?? '')
    const start = ` ${spin} ${padTo(cutTo(titles[at] ?? '', widest), widest)}  `
    const figures = figuresOf(work).join('  ')
    const taken = displayWidth(start) + figures.length + Math.min(displayWidth(text), 24)
    const bar = barOf(work, columns - taken - 6)
    return cutTo(`${start}${bar}${figures}${text === '' ? '' : `  ${text}`}`.trimEnd(), columns - 1)
  })
  return hidden === 0 ? lines : [...lines, cutTo(`   … and ${hidden} more`, columns - 1)]
}

/** `[=====>    ]  `, as wide as there is room, up to 30 columns; nothing when there is no room or no total. */
function barOf({ done, total }: Work, room: number): string {
  const width = Math.min(30, room - 4)
  if (total === undefined || total === 0 || width < 8) return ''
  const filled = Math.min(width, Math.floor((done / total) * width))
  const head = filled < width ? '>' : ''
  return `[${`${'='.repeat(filled)}${head}`.padEnd(width)}]  `
}

function paint({ color }: Terminal, line: string): string {
  if (!color) return line
  return line
    .replace(/^( )(✔)/, '$1\u001b[32m$2\u001b[0m')
    .replace(/^( )(✘)/, '$1\u001b[31m$2\u001b[0m')
    .replace(/^( )([\u2800-\u28ff])/, '$1\u001b[36m$2\u001b[0m')
}
