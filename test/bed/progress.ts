/** Tells the person who waits what takes so long. */
export function say(line: string): void {
  process.stderr.write(`bed: ${line}\n`)
}

/** Runs a slow act, and tells when it starts and how long it took. */
export async function timed<T>(what: string, act: () => Promise<T>): Promise<T> {
  say(`${what} ...`)
  const start = performance.now()
  const result = await act()
  say(`${what}: done in ${((performance.now() - start) / 1000).toFixed(1)} s`)
  return result
}
