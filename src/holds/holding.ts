import { randomBytes } from 'node:crypto'
import type { Docker } from '../docker/docker.ts'
import { isVolError, VolError } from '../errors.ts'
import type { Container } from '../facts.ts'
import type { HoldEntry } from '../plan/journal.ts'
import type { World } from '../plan/world.ts'
import { afterSwitch } from './after-switch.ts'
import { brokenBecause, type CompleteHold } from './broken.ts'
import type { HeldContainer } from './held-container.ts'
import { dependsOn } from './order.ts'
import type { Hold } from './plan-hold.ts'
import { release } from './release.ts'

/** What is being held, from before the first container is until after the last is no more. */
export type Holding = {
  /** Aborted with HOLD_ENDED when it has lasted as long as it may. */
  readonly late: AbortSignal
  /** Its entry in the journal, as it was written last. */
  entry: HoldEntry
  /** `performance.now()` until which a container may still be paused or end although nobody waits for it any more. */
  settled: number
  /** Has to be told before anything is paused or stopped, with the seconds in which that can take effect, and after. */
  acting(seconds: number): void
  acted(): void
  /** From now on nobody can write the volumes unless somebody else interferes, which is looked for at the release. */
  completed(now: CompleteHold): void
  containers(): readonly HeldContainer[]
  /** See `Held`. */
  releaseAll(): Promise<void>
  releaseOf(volume: string): Promise<void>
  leaveStopped(): Promise<void>
  confirmUnbroken(): Promise<void>
}

type Looked = { readonly look?: readonly Container[]; readonly broken?: string | undefined }

/** Milliseconds for which an engine that does not answer is asked to release, before that is left to the watchdog. */
const longestRelease = 60_000

/** Starts the watchdog. Nothing is held yet. */
export async function startHolding(world: World, hold: Hold): Promise<Holding> {
  const operation = randomBytes(4).toString('hex')
  const { journal } = world
  const [engine, engineStart, watchdog] = await Promise.all([
    world.docker.engine(),
    world.docker.engineStart(),
    world.docker.startWatchdog({
      operation,
      journal: journal.location,
      store: world.store.location,
      helperImage: world.helperImage,
      maxSeconds: hold.maxSeconds === undefined ? undefined : Math.ceil(hold.maxSeconds),
    }),
  ])
  const entry: HoldEntry = {
    operation,
    kind: 'hold',
    engine: engine.id,
    engineStart,
    since: new Date().toISOString(),
    volumes: hold.volumes,
    containers: [],
    writes: hold.writes ?? false,
    ...(hold.stays === true ? { stays: true } : {}),
    ...(hold.starts === undefined ? {} : { starts: hold.starts }),
    leftPaused: [],
  }
  const late = new AbortController()
  let complete: CompleteHold | undefined
  let deadline = Infinity
  let timer: NodeJS.Timeout | undefined
  let isOver = false
  let doing: Promise<void> = Promise.resolve()

  const holding: Holding = {
    late: late.signal,
    entry,
    settled: 0,
    acting(seconds) {
      if (timer === undefined && hold.maxSeconds !== undefined) {
        deadline = performance.now() + hold.maxSeconds * 1000
        timer = setTimeout(() => late.abort(tooLong(hold)), hold.maxSeconds * 1000)
      }
      watchdog.acting(seconds)
    },
    acted: () => watchdog.acted(),
    completed: (now) => (complete = now),
    containers: () => holding.entry.containers,
    releaseAll: () => inTurn(() => releaseThose(holding.entry.containers, [])),
    releaseOf: (volume) =>
      inTurn(() => {
        const volumes = (complete?.volumes ?? hold.volumes).filter((each) => each !== volume)
        return releaseThose(free(holding.entry.containers, volumes), volumes)
      }),
    leaveStopped: () =>
      inTurn(async () => {
        complete = undefined
        holding.entry = afterSwitch(holding.entry)
        // Before the first of them runs: else a crash would have it taken for one that somebody else has started.
        if (holding.entry.containers.length > 0) await journal.begin(holding.entry)
        await releaseThose(holding.entry.containers, [])
      }),
    async confirmUnbroken() {
      const { broken } = await lookBefore()
      if (broken !== undefined) throw notUnbroken(broken)
    },
  }
  return holding

  function cleanUp(): Docker {
    return world.withoutSignal().docker
  }

  /** One release after the other, so that each sees what the one before has left to do. */
  function inTurn(act: () => Promise<void>): Promise<void> {
    doing = doing.catch(() => undefined).then(async () => (isOver ? undefined : await act()))
    return doing
  }

  async function releaseThose(some: readonly HeldContainer[], volumes: readonly string[]): Promise<void> {
    // The event loop may have been too busy for the timer.
    if (some.length > 0 && performance.now() > deadline) late.abort(tooLong(hold))
    const { look, broken } = await lookBefore()
    const { notes, failed, error } = await release({
      docker: cleanUp,
      containers: some,
      engineStart,
      settled: holding.settled,
      giveUp: performance.now() + longestRelease,
      ...(look === undefined ? {} : { firstLook: look }),
    })
    for (const text of notes) world.progress.message(text)
    const left = holding.entry.containers.filter((each) => !some.includes(each) || failed.includes(each))
    if (complete !== undefined) complete = { ...complete, volumes, held: left }
    holding.entry = { ...holding.entry, containers: left }
    await note()
    if (failed.length > 0) throw notReleased(failed, error)
    if (some.length > 0) late.signal.throwIfAborted()
    if (broken !== undefined) throw notUnbroken(broken)
  }

  /** Nobody was able to write, unless this look tells otherwise: afterwards they are. */
  async function lookBefore(): Promise<Looked> {
    if (complete === undefined) return {}
    try {
      const look = await cleanUp().containersLike([...complete.starts.keys()])
      return { look, broken: brokenBecause(complete, look) }
    } catch {
      return { broken: 'the engine did not answer when it was asked whether somebody has' }
    }
  }

  /** Writes down what is still held. When that is nothing, all is over. */
  async function note(): Promise<void> {
    if (holding.entry.containers.length > 0) {
      // What the journal has says more than is true, which does no harm.
      await journal.begin(holding.entry).catch(() => undefined)
      return
    }
    clearTimeout(timer)
    isOver = true
    await journal.end(operation)
    watchdog.dismiss()
  }
}

/** Those that are needed for none of the volumes, nor by one that is: what depends on a stopped one stays stopped. */
function free(held: readonly HeldContainer[], volumes: readonly string[]): readonly HeldContainer[] {
  let found = held.filter((each) => !each.volumes.some((volume) => volumes.includes(volume)))
  for (;;) {
    const kept = held.filter(({ how }) => how === 'stop').filter((each) => !found.includes(each))
    const next = found.filter((each) => !kept.some((other) => dependsOn(each, other)))
    if (next.length === found.length) return found
    found = next
  }
}

function notUnbroken(broken: string): VolError {
  return new VolError('NOT_CONSISTENT', `Nobody was to write meanwhile, but ${broken}.`)
}

function tooLong({ maxSeconds = 0, writes }: Hold): VolError {
  const suggestions = [
    `--max-hold ${Math.ceil(maxSeconds * 4)}s allows more.`,
    'Try again when less is written: most of it is copied before, and only what changed since while they are held.',
    '--dry-run says why they have to be held at all; a database that can copy itself need not be.',
  ]
  return new VolError(
    'HOLD_ENDED',
    `It was not done within the ${maxSeconds} s for which containers may be held. They go on again.`,
    writes === true ? {} : { suggestions },
  )
}

function notReleased(failed: readonly HeldContainer[], error: unknown): VolError {
  const names = failed.map(({ name }) => `"${name}"`).join(', ')
  const commands = failed.map(({ how, name }) => `docker ${how === 'pause' ? 'unpause' : 'start'} ${name}`)
  const output = isVolError(error) ? error.output : undefined
  return new VolError('DOCKER_FAILED', `${names} could not be let go on.`, {
    suggestions: [...commands, 'docker vol doctor tries it again.'],
    ...(output === undefined ? {} : { output }),
    cause: error,
  })
}
