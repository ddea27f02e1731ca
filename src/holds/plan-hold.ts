import { isHelper } from '../docker/observe.ts'
import { isAlive, type Container } from '../facts.ts'
import { dependenciesOf, placeOf } from './compose-labels.ts'
import type { HeldContainer, HowHeld } from './held-container.ts'

/** A container that is to be held, with the reason for how. */
export type ContainerToHold = {
  readonly id: string
  readonly name: string
  readonly how: HowHeld
  /** Seconds that it is given to end, where it is stopped. */
  readonly graceSeconds: number
  readonly why: string
}

/** What is to be kept from writing, how, and why; `src/holds/with-hold.ts` does it. */
export type Hold = {
  /** Nobody may write these meanwhile, whoever he is; the containers are those seen when this was planned. */
  readonly volumes: readonly string[]
  readonly how: HowHeld
  /**
   * Whether what is done meanwhile writes the volumes. Then nobody goes on before that has come to its end, and after a
   * crash not before the volumes have been put right.
   */
  readonly writes?: boolean
  /**
   * Whether those that are stopped stay so once a volume has its new contents, because they cannot use them: an old
   * server and the files of a new one. Until then they go on after a failure or a crash, as in every other hold.
   */
  readonly stays?: boolean
  /** Of a hold with `stays`: those that do not run, can use the new contents, and are started once they are there. */
  readonly starts?: readonly HeldContainer[]
  readonly containers: readonly ContainerToHold[]
  /** Seconds, from the first that is paused or stopped, after which all are released whatever happens. */
  readonly maxSeconds?: number | undefined
  readonly why: string
}

export type HoldWish = Omit<Hold, 'containers'> & {
  /** Those of the volumes that hold a known database: what uses them gets a minute to end at least. */
  readonly databases?: readonly string[]
}

/** What the engine takes when nothing is said (moby, container.DefaultStopTimeout). */
const defaultGrace = 10
const databaseGrace = 60
const aDay = 86_400

/**
 * Containers, of whichever project, that can write one of the volumes as soon as they are let to: running, paused or
 * about to run again. Our own helpers are none: what they do is known.
 */
export function writersOf(
  containers: readonly Container[],
  volumes: readonly string[],
): readonly Container[] {
  return containers.filter(
    (container) => isAlive(container) && mountsWritable(container, volumes) && !isHelper(container),
  )
}

/** Those that a hold concerns: writers; and where the volumes themselves are written, whoever has their files open. */
export function concernedBy(
  containers: readonly Container[],
  { volumes, writes }: Pick<Hold, 'volumes' | 'writes'>,
): readonly Container[] {
  if (writes !== true) return writersOf(containers, volumes)
  return containers.filter(
    (container) => isAlive(container) && mountsAny(container, volumes) && !isHelper(container),
  )
}

function mountsAny({ mounts }: Container, volumes: readonly string[]): boolean {
  return mounts.some(({ volume }) => volumes.includes(volume))
}

/** Whether one of the volumes could be written from within, if it ran. */
export function mountsWritable({ mounts }: Container, volumes: readonly string[]): boolean {
  return mounts.some(({ volume, readOnly }) => !readOnly && volumes.includes(volume))
}

/** Which of the engine's containers are to be held, and how. One that is paused already can do nothing: it is left. */
export function planHold(containers: readonly Container[], wish: HoldWish): Hold {
  const { databases = [], ...hold } = wish
  return {
    ...hold,
    containers: concernedBy(containers, wish)
      .filter(({ state }) => state !== 'paused')
      .map((container) => toHold(container, wish.how, databases)),
  }
}

function toHold(container: Container, wanted: HowHeld, databases: readonly string[]): ContainerToHold {
  const { id, name } = container
  const stopTimeout = graceOf(container)
  const isDatabase = container.mounts.some(({ volume }) => databases.includes(volume))
  const graceSeconds = isDatabase ? Math.max(stopTimeout, databaseGrace) : stopTimeout
  const obstacle = wanted === 'stop' ? obstacleToStopping(container) : undefined
  return {
    id,
    name,
    how: obstacle === undefined ? wanted : 'pause',
    graceSeconds,
    why: obstacle ?? (wanted === 'stop' ? 'it can write while it runs' : 'paused, it can write nothing'),
  }
}

/** Seconds; docker takes a negative number for as long as it takes. */
function graceOf({ stopTimeout = defaultGrace }: Container): number {
  return stopTimeout < 0 ? aDay : stopTimeout
}

/** Why a container must not be stopped, because it could not be started again. */
function obstacleToStopping({ autoRemove, labels }: Container): string | undefined {
  if (autoRemove) return 'it was started with --rm: the engine would remove it as soon as it is stopped'
  if (labels['com.docker.swarm.task.id'] !== undefined)
    return 'it belongs to a swarm, which would start another in its place'
  return undefined
}

/** A container that does not run and is to be started as if it had been stopped for a hold of these volumes. */
export function containerToStart(container: Container, volumes: readonly string[]): HeldContainer {
  const { id, name } = container
  const planned = { id, name, how: 'stop', graceSeconds: graceOf(container), why: '' } as const
  return heldContainer(container, planned, volumes)
}

/** Notes what has to be known of a container before it is held. */
export function heldContainer(
  container: Container,
  planned: ContainerToHold,
  volumes: readonly string[],
): HeldContainer {
  const written = volumes.filter((volume) => mountsWritable(container, [volume]))
  return {
    id: container.id,
    name: container.name,
    how: planned.how,
    volumes: written.length > 0 ? written : volumes.filter((volume) => mountsAny(container, [volume])),
    startedAt: container.startedAt,
    graceSeconds: planned.graceSeconds,
    place: placeOf(container),
    dependsOn: dependenciesOf(container),
  }
}
