let ticks = 0

/** The time as an engine tells it, to the nanosecond: never the same twice. */
export function engineTime(): string {
  ticks += 1
  return new Date().toISOString().replace('Z', `${String(ticks % 1_000_000).padStart(6, '0')}Z`)
}
