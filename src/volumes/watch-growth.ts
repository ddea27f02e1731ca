import type { Helper } from '../docker/docker.ts'
import type { ProgressTaskPort } from '../plan/world.ts'

/** Milliseconds between two looks; what is over before the first costs nothing. */
const pause = 3000

// The source is looked through once, before the copy.
const sizeScript = 'for place; do { du -s -B1 -- "$place" || :; } 2>/dev/null | cut -f1; done'

/**
 * Does something that copies one tree of a helper into another, and tells meanwhile how many bytes of how many the copy
 * takes on disk by now. That it cannot be told is no failure.
 */
export async function whileItGrows<Result>(
  helper: Helper,
  { from, to }: { readonly from: string; readonly to: string },
  task: ProgressTaskPort,
  action: () => Promise<Result>,
): Promise<Result> {
  let total: number | undefined
  const look = async () => {
    const places = total === undefined ? [from, to] : [to]
    const { stdout } = await helper.run({ text: sizeScript, arguments: places })
    const sizes = stdout.trim().split('\n').map(Number)
    const done = sizes.at(-1) ?? Number.NaN
    total ??= sizes[0]
    if (sizes.length === places.length && Number.isFinite(total) && Number.isFinite(done))
      tell({ done, total })
  }
  let tell: ProgressTaskPort['update'] = (state) => task.update(state)
  const stop = everyWhile(look)
  try {
    const result = await action()
    if (total !== undefined) tell({ done: total, total })
    return result
  } finally {
    tell = () => {}
    stop()
  }
}

/** Does something every few seconds, one at a time, until it is told to stop. Failures are nobody's concern. */
export function everyWhile(look: () => Promise<void>): () => void {
  let timer: NodeJS.Timeout | undefined
  let over = false
  const next = () => {
    timer = setTimeout(() => {
      look()
        .catch(() => undefined)
        .finally(() => {
          if (!over) next()
        })
    }, pause)
    timer.unref()
  }
  next()
  return () => {
    over = true
    clearTimeout(timer)
  }
}
