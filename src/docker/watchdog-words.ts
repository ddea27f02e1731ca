import { fieldsOf, integer, list, text } from '../snapshots/read.ts'
import type { WatchdogRequest } from './docker.ts'

/** What the watchdog is told in the first line of its standard input. Nobody else sees it, as they would arguments. */
export type WatchdogOrders = WatchdogRequest & {
  readonly command: string
  readonly globals: readonly string[]
}

/** What follows, a line each. The end of input without `released` means that the process that speaks has died. */
export type WatchdogWord =
  /** Containers are about to be paused or stopped, which can take effect within so many seconds. */
  { readonly said: 'acting'; readonly seconds: number } | { readonly said: 'acted' | 'released' }

/** What it answers once it is watching. */
export const watchdogReady = 'watching'

/** The orders in the line that `JSON.stringify` has made of them; WrongShape for another. */
export function readOrders(line: string): WatchdogOrders {
  const fields = fieldsOf(JSON.parse(line), 'orders')
  const maxSeconds = fields['maxSeconds']
  const helperImage = fields['helperImage']
  return {
    operation: text(fields['operation'], 'orders.operation'),
    journal: text(fields['journal'], 'orders.journal'),
    store: text(fields['store'], 'orders.store'),
    helperImage: helperImage === undefined ? undefined : text(helperImage, 'orders.helperImage'),
    maxSeconds: maxSeconds === undefined ? undefined : integer(maxSeconds, 'orders.maxSeconds'),
    command: text(fields['command'], 'orders.command'),
    globals: list(fields['globals'], 'orders.globals', text),
  }
}

export function formatWord(word: WatchdogWord): string {
  return word.said === 'acting' ? `${word.said} ${word.seconds}` : word.said
}

/** The word in a line; undefined for one that was cut off. */
export function readWord(line: string): WatchdogWord | undefined {
  const acting = /^acting (\d+)$/.exec(line)
  if (acting !== null) return { said: 'acting', seconds: Number(acting[1]) }
  return line === 'acted' || line === 'released' ? { said: line } : undefined
}
