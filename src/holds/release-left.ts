import type { HoldEntry } from '../plan/journal.ts'
import type { World } from '../plan/world.ts'
import { longestPause } from './freeze.ts'
import { release, type Released } from './release.ts'

/** Milliseconds for which an engine that does not answer is asked again. */
const longestRelease = 60_000

/**
 * Releases what was held by a process that has ended, and its watchdog too. An order of theirs that is not old can
 * still take effect in the engine: a container may be on its way to its end, and is waited for.
 */
export async function releaseLeft(world: World, entry: HoldEntry): Promise<Released> {
  const grace = Math.max(0, ...entry.containers.filter(({ how }) => how === 'stop').map(graceOf))
  const longest = (grace + longestPause) * 1000
  const age = Date.now() - Date.parse(entry.since)
  // A clock that was set back makes it no younger than new.
  const rest = Math.min(longest, Math.max(0, longest - age))
  return await release({
    docker: () => world.withoutSignal().docker,
    containers: entry.containers,
    engineStart: entry.engineStart,
    settled: performance.now() + (Number.isFinite(rest) ? rest : longest),
    giveUp: performance.now() + longestRelease,
  })
}

const graceOf = ({ graceSeconds }: { readonly graceSeconds: number }) => graceSeconds
