import type { ProgressTaskPort } from '../plan/world.ts'

/** Says what is being done from now on; how far that is, is not known yet. */
export function beginPhase(task: ProgressTaskPort, text: string): void {
  task.update({ text, done: 0, total: undefined })
}
