import { setTimeout as sleep } from 'node:timers/promises'
import type { Docker, WatchdogRequest } from '../docker/docker.ts'
import { isVolError } from '../errors.ts'
import type { WatchdogWord } from '../docker/watchdog-words.ts'
import type { Journal } from '../plan/journal.ts'
import { afterSwitch } from './after-switch.ts'
import { release } from './release.ts'

type Watched = Pick<WatchdogRequest, 'operation' | 'maxSeconds'> & {
  readonly journal: Journal
  readonly docker: () => Docker
  /** Puts volumes right that were being written when their writer died; says whether one has its new contents now. */
  readonly putRight: (volumes: readonly string[]) => Promise<boolean>
}

/** Seconds past the end of a hold that its own process has to end it. */
const courtesy = 2
/** Milliseconds for which an engine that does not answer is asked again. After that it is left to the next run. */
const longestRelease = 600_000
/** How often putting a volume right is tried, of an engine that answers, before it is left to the next run, which can say what is wrong. */
const mostTries = 5
/** Milliseconds in which a process that has closed its end of the pipe has surely ended. */
const longestDeath = 2000

/** Watches over a hold until it is told that all is released; if the words end before that, releases it itself. */
export async function watch(watched: Watched, words: AsyncIterable<WatchdogWord>): Promise<void> {
  let settled = 0
  let timer: NodeJS.Timeout | undefined
  let late: Promise<unknown> = Promise.resolve()
  for await (const word of words) {
    if (word.said === 'released') return clearTimeout(timer)
    settled = word.said === 'acting' ? performance.now() + word.seconds * 1000 : 0
    if (watched.maxSeconds !== undefined)
      timer ??= setTimeout(
        () => {
          late = releaseFor(watched, settled, false)
        },
        (watched.maxSeconds + courtesy) * 1000,
      )
  }
  clearTimeout(timer)
  await late
  await releaseFor(watched, settled, true)
}

/** Releases what the journal has; when it has nothing, nothing was held yet or nothing is any more. */
async function releaseFor(watched: Watched, settled: number, ownerEnded: boolean): Promise<void> {
  const { journal, operation, docker, putRight } = watched
  const find = async () => (await journal.holds()).find(({ entry }) => entry.operation === operation)?.entry
  const entry = await find()
  if (entry === undefined || (entry.writes && !ownerEnded)) return
  let left = entry
  const taking = ownerEnded ? takeOver(watched) : Promise.resolve(false)
  // Whoever goes on in a volume that is half old and half new destroys it. If this fails the next run does both.
  if (entry.writes) {
    const replaced = (await taking) ? await tried(() => putRight(entry.volumes)) : undefined
    if (replaced === undefined) return
    if (replaced && entry.stays === true) {
      left = afterSwitch(entry)
      if (left.containers.length === 0) return await journal.end(operation)
      await journal.begin(left)
    }
  }
  const { failed } = await release({
    docker,
    containers: left.containers,
    engineStart: entry.engineStart,
    settled,
    giveUp: performance.now() + longestRelease,
    // Another run may have been faster, be done with it, and hold the same containers by now.
    isOurs: async () => (await find()) !== undefined,
  })
  if ((await taking) && failed.length === 0) await journal.end(operation)
}

/** What came of it, or undefined when nothing did however often it was tried. */
async function tried<Result>(act: () => Promise<Result>): Promise<Result | undefined> {
  const giveUp = performance.now() + longestRelease
  for (let tries = 0; ;)
    try {
      return await act()
    } catch (error) {
      // What failed while the engine was going down says nothing of it once it is back.
      if (isVolError(error, 'DAEMON_UNREACHABLE')) tries = 0
      else if (!isVolError(error, 'BUSY')) tries += 1
      if (tries === mostTries || performance.now() > giveUp) return undefined
      await sleep(1000)
    }
}

/** Makes the entry ours as soon as its owner has really ended, so that other runs leave it to us. */
async function takeOver({ journal, operation }: Watched): Promise<boolean> {
  for (const giveUp = performance.now() + longestDeath; performance.now() < giveUp; await sleep(20))
    if (await journal.claim(operation)) return true
  return false
}
