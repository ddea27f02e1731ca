import type { HoldEntry } from '../plan/journal.ts'

/**
 * A hold with `stays` once the volumes have their new contents: what was stopped for that is not its concern any more,
 * and those that can use the new contents are to be started, as if they had been stopped for it.
 */
export function afterSwitch(entry: HoldEntry): HoldEntry {
  const { containers, starts = [] } = entry
  // One that somebody has started in vain was stopped like others, and is known by that start.
  const started = starts.map((each) => containers.find(({ id }) => id === each.id) ?? each)
  return { ...entry, stays: false, containers: started, starts: [] }
}
