import { setTimeout as sleep } from 'node:timers/promises'

/** Whether something ends within so many milliseconds. */
export async function within(milliseconds: number, ending: Promise<unknown>): Promise<boolean> {
  const given = new AbortController()
  const late = sleep(milliseconds, false, { signal: given.signal }).catch(() => false)
  try {
    return await Promise.race([ending.then(() => true), late])
  } finally {
    given.abort()
  }
}
