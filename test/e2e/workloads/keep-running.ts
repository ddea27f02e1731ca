import { setTimeout as sleep } from 'node:timers/promises'
import type { Inside } from './server.ts'

/** Repeats a command, over pauses, stops and starts of its container, until it is ended. */
export function keepRunning(inside: Inside, command: readonly string[]) {
  let over = false
  let complaint = ''
  const run = async () => {
    while (!over) {
      const result = await inside(...command)
      if (result.exitCode === 0) continue
      complaint = result.stderr
      // Removed with all that a test made.
      if (complaint.includes('No such container')) return
      await sleep(100)
    }
  }
  const running = run()
  return {
    complaint: () => complaint,
    end: async () => {
      over = true
      await running
    },
  }
}
