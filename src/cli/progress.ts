import { VolError } from '../errors.ts'
import type { CommandContext } from './context.ts'
import { jsonRenderer } from './progress-json.ts'
import { plainRenderer } from './progress-plain.ts'
import type { ProgressRenderer, Work } from './progress-renderer.ts'
import { ttyRenderer } from './progress-tty.ts'

export const progressModes = ['auto', 'tty', 'plain', 'json', 'quiet'] as const
export type ProgressMode = (typeof progressModes)[number]

/** Tells a person or a program what is going on, on stderr. Several pieces of work may be under way side by side. */
export type Progress = {
  /** Begins a piece of work. `total` in bytes, when it is known. */
  start(title: string, options?: { readonly total?: number }): ProgressTask
  /** A line that stays. */
  message(text: string): void
  /** Leaves the screen as it should stay. Results go to stdout after this. Safe to call again. */
  close(): void
}

export type ProgressTask = {
  /** Bytes so far, bytes in all if that became known, and what is being done at the moment. Fewer bytes begin anew. */
  update(state: { readonly done?: number; readonly total?: number | undefined; readonly text?: string }): void
  /** It is done. `text` says what came of it; without it the size and the time are told. */
  finish(text?: string): void
  /** It failed; the error itself is told elsewhere. */
  fail(text?: string): void
}

/** Millisecond clock and timer, so that tests need not wait. */
export type Clock = { now(): number; every(milliseconds: number, tick: () => void): () => void }

const realClock: Clock = {
  now: () => performance.now(),
  every: (milliseconds, tick) => {
    const timer = setInterval(tick, milliseconds)
    timer.unref()
    return () => clearInterval(timer)
  },
}

/**
 * Makes the progress that `--progress` asks for. `auto` is what DOCKER_VOL_PROGRESS says, else drawn when stderr is
 * a terminal that can.
 */
export function createProgress(mode: ProgressMode, context: CommandContext, clock = realClock): Progress {
  const renderer = rendererOf(mode, context, clock)
  const running = new Set<Work>()
  const end = (work: Work, outcome: 'done' | 'failed', text: string | undefined) => {
    if (!running.delete(work)) return
    work.text = text
    work.now = clock.now()
    renderer.ended(work, outcome)
  }
  return {
    start: (title, { total } = {}) => {
      const now = clock.now()
      const work: Work = {
        title,
        startedAt: now,
        now,
        done: 0,
        total,
        text: undefined,
        samples: [{ at: now, done: 0 }],
      }
      running.add(work)
      renderer.started(work)
      return {
        update: (state) => {
          if (!running.has(work)) return
          work.now = clock.now()
          Object.assign(work, state)
          measure(work)
          renderer.updated(work)
        },
        finish: (text) => end(work, 'done', text),
        fail: (text) => end(work, 'failed', text),
      }
    },
    message: (text) => renderer.message(text),
    close: () => renderer.close(),
  }
}

/** Keeps enough samples to tell the rate of the last few seconds. */
function measure(work: Work): void {
  const oldest = work.now - 5000
  const last = work.samples.at(-1)
  if (last !== undefined && work.done < last.done) work.samples = []
  else if (last !== undefined && work.now - last.at < 200) return
  work.samples = [...work.samples.filter(({ at }) => at >= oldest), { at: work.now, done: work.done }]
}

function rendererOf(mode: ProgressMode, context: CommandContext, clock: Clock): ProgressRenderer {
  const { terminal, environment, debug } = context
  const fromEnvironment = environment['DOCKER_VOL_PROGRESS'] || 'auto'
  const wanted = mode === 'auto' ? progressModes.find((known) => known === fromEnvironment) : mode
  if (wanted === undefined) {
    const modes = progressModes.join(', ')
    throw new VolError('USAGE', `invalid DOCKER_VOL_PROGRESS "${fromEnvironment}": must be one of ${modes}`)
  }
  // What -D prints between would tear the drawing.
  const draws = terminal.stderrIsTerminal && environment['TERM'] !== 'dumb' && !debug
  const chosen = wanted === 'auto' ? (draws ? 'tty' : 'plain') : wanted
  if (chosen === 'tty') return ttyRenderer(terminal, clock)
  if (chosen === 'plain') return plainRenderer(terminal, clock)
  if (chosen === 'json') return jsonRenderer(terminal, clock)
  return { started() {}, updated() {}, ended() {}, message() {}, close() {} }
}
