/** Sizes and times as docker prints them. Pure. */

export { counted, humanSize } from '../units.ts'

/** How long something took: `850ms`, `3.2s`, `2m10s`, `1h05m`. */
export function humanDuration(milliseconds: number): string {
  if (milliseconds < 950) return `${Math.round(milliseconds)}ms`
  const tenths = Math.round(milliseconds / 100)
  if (tenths < 600) return `${(tenths / 10).toFixed(1)}s`
  const seconds = Math.round(milliseconds / 1000)
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m${pad(seconds % 60)}s`
  const minutes = Math.floor(seconds / 60)
  return `${Math.floor(minutes / 60)}h${pad(minutes % 60)}m`
}

const minute = 60
const hour = 60 * minute
const day = 24 * hour

/** How long ago something was, in the words that docker uses: `5 minutes ago`, `About an hour ago`. */
export function humanAge(from: Date, now: Date): string {
  const seconds = Math.max(0, Math.floor((now.getTime() - from.getTime()) / 1000))
  return `${span(seconds)} ago`
}

function span(seconds: number): string {
  if (seconds < 1) return 'Less than a second'
  if (seconds === 1) return '1 second'
  if (seconds < minute) return `${seconds} seconds`
  if (seconds < 2 * minute) return 'About a minute'
  if (seconds < hour) return `${Math.floor(seconds / minute)} minutes`
  if (Math.round(seconds / hour) === 1) return 'About an hour'
  if (seconds < 2 * day) return `${Math.round(seconds / hour)} hours`
  if (seconds < 14 * day) return `${Math.floor(seconds / day)} days`
  if (seconds < 60 * day) return `${Math.floor(seconds / (7 * day))} weeks`
  if (seconds < 730 * day) return `${Math.floor(seconds / (30 * day))} months`
  return `${Math.floor(seconds / (365 * day))} years`
}

function pad(value: number): string {
  return String(value).padStart(2, '0')
}
