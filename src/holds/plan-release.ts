import { isAlive, type Container } from '../facts.ts'
import { isSamePlace, placeOf } from './compose-labels.ts'
import type { HeldContainer } from './held-container.ts'

/** What letting a held container go on means now, after whatever has happened to it. */
export type Release = {
  readonly held: HeldContainer
  readonly act:
    | { readonly do: 'unpause' | 'start'; readonly id: string }
    /** It may still be about to be paused, or to end: an order of ours can be under way. */
    | { readonly do: 'nothing'; readonly unsettled: boolean }
  /** What is worth telling, in a sentence. */
  readonly note?: string
}

/**
 * Decides from what a container was and what it is. Only what we paused or stopped, and nobody has touched since, is
 * let go on. `engineRestarted` says whether the engine's daemon was started anew since: it has ended what was paused.
 */
export function planRelease(
  held: HeldContainer,
  now: readonly Container[],
  { engineRestarted }: { readonly engineRestarted: boolean },
): Release {
  const container = now.find(({ id }) => id === held.id)
  if (container === undefined) return releaseSuccessor(held, now)
  if (container.state === 'removing') return nothing(held, `The container "${held.name}" is being removed.`)
  // A start that is not ours: since then it is in somebody else's hands.
  if (container.startedAt !== held.startedAt) return nothing(held)
  return held.how === 'pause'
    ? releasePaused(held, container, engineRestarted)
    : releaseStopped(held, container)
}

function releasePaused(held: HeldContainer, container: Container, engineRestarted: boolean): Release {
  if (container.state === 'paused') return { held, act: { do: 'unpause', id: held.id } }
  if (isAlive(container)) return { held, act: { do: 'nothing', unsettled: true } }
  if (engineRestarted)
    return {
      held,
      act: { do: 'start', id: held.id },
      note: `The container "${held.name}" had ended together with the engine while it was paused, and was started again.`,
    }
  return nothing(
    held,
    `The container "${held.name}" has ended while it was paused (exit code ${container.exitCode}) and was left so; docker start ${held.name} starts it.`,
  )
}

function releaseStopped(held: HeldContainer, container: Container): Release {
  if (!isAlive(container)) return { held, act: { do: 'start', id: held.id } }
  return { held, act: { do: 'nothing', unsettled: true } }
}

/** The container is gone. Compose may have put another in its place, and left it as it found the first: not running. */
function releaseSuccessor(held: HeldContainer, now: readonly Container[]): Release {
  const successor = now.find((container) => isSamePlace(placeOf(container), held.place))
  if (successor === undefined)
    return nothing(held, `The container "${held.name}" is gone: somebody has removed it meanwhile.`)
  const replaced = `The container "${held.name}" was replaced by "${successor.name}" meanwhile`
  if (held.how === 'stop' && successor.state === 'created')
    return {
      held,
      act: { do: 'start', id: successor.id },
      note: `${replaced}, which was started in its stead.`,
    }
  return nothing(held, `${replaced}, which is ${successor.state}.`)
}

function nothing(held: HeldContainer, note?: string): Release {
  return { held, act: { do: 'nothing', unsettled: false }, ...(note === undefined ? {} : { note }) }
}
