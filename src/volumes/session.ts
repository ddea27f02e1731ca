import { randomBytes } from 'node:crypto'
import { VolError, isVolError } from '../errors.ts'
import type { Helper } from '../docker/docker.ts'
import { helperImages } from '../docker/helper-image.ts'
import { accidentLabel } from '../docker/helper-container.ts'
import { helperLabel, volumeNotFound } from '../docker/observe.ts'
import type { World } from '../plan/world.ts'

/** A name for something that is to be done, unlike every other. */
export function newOperation(): string {
  return randomBytes(4).toString('hex')
}

export type SessionRequest = {
  /** Names the operation in the helper's label, and in its name unless it writes. A new one when left out. */
  readonly operation?: string
  /** The volume to read, or to write; only one command at a time may write a volume. */
  readonly reads?: string
  readonly writes?: string
  /** Volumes to read at once, mounted as `lookMount` says; instead of the two above. */
  readonly looksInto?: readonly string[]
  /** Images that were used with the volume, to start the helper from if need be. */
  readonly images: readonly string[]
  /** Whether an image may be pulled for it; it may unless this is false. */
  readonly pull?: boolean
}

/**
 * Does something with a helper that has volumes mounted (`volume` the one to write, else to read; `source` the one
 * to read when both are there), and ends the helper whatever happens.
 */
export async function withHelper<Result>(
  world: World,
  request: SessionRequest,
  action: (helper: Helper) => Promise<Result>,
): Promise<Result> {
  const { result, closed } = await useHelper(world, request, action)
  await closed
  return result
}

/** The same for who has other things to do while the helper ends: `closed` tells when it has. */
export async function useHelper<Result>(
  world: World,
  asked: SessionRequest,
  action: (helper: Helper) => Promise<Result>,
): Promise<{ readonly result: Result; readonly closed: Promise<void> }> {
  const request = { operation: newOperation(), ...asked }
  const helper = await startFirst(world, request)
  // Asked while the action begins; whatever that has done by then was done to an empty volume.
  const accident = refuseAccident(world, request, helper)
  accident.catch(() => undefined)
  try {
    const result = await action(helper)
    await accident
    return { result, closed: helper.close() }
  } catch (error) {
    await helper.close()
    await accident
    // A helper that was stopped fails in many words; the interruption says why.
    world.signal.throwIfAborted()
    throw error
  }
}

/** The mount of one of many volumes, by its place among them. */
export function lookMount(index: number): string {
  return `volume-${index}`
}

type NamedRequest = SessionRequest & { readonly operation: string }

async function startFirst(world: World, request: NamedRequest): Promise<Helper> {
  const { reads, writes, looksInto = [] } = request
  let failure: unknown
  for await (const image of helperImages(world.docker, {
    configured: world.helperImage,
    fromConsumers: request.images,
    pull: request.pull,
  })) {
    try {
      return await world.docker.startHelper({
        image,
        name: nameOf(request),
        labels: { [helperLabel]: request.operation },
        mounts: [
          ...(writes === undefined ? [] : [{ volume: writes, path: 'volume', readOnly: false }]),
          ...(reads === undefined
            ? []
            : [{ volume: reads, path: writes === undefined ? 'volume' : 'source', readOnly: true }]),
          ...looksInto.map((volume, index) => ({ volume, path: lookMount(index), readOnly: true })),
        ],
      })
    } catch (error) {
      if (!isVolError(error, 'HELPER_IMAGE_NOT_FOUND')) throw error
      failure = error
    }
  }
  throw failure ?? new VolError('HELPER_IMAGE_NOT_FOUND', 'No image with GNU tar is here.')
}

/** A helper that writes has the name of its volume: there is one at a time. */
function nameOf({ reads, writes, operation }: NamedRequest): string {
  if (writes !== undefined) return `docker-vol-write-${writes}`
  return reads === undefined ? `docker-vol-look-${operation}` : `docker-vol-read-${reads}-${operation}`
}

/**
 * The engine makes a volume that is not there: one that went away since we looked must not come back empty. One that
 * was made so for another operation, which was killed then, may be in use by now and is a volume like any other.
 */
async function refuseAccident(world: World, request: NamedRequest, helper: Helper): Promise<void> {
  const named = [request.reads, request.writes].filter((name) => name !== undefined)
  for (const volume of await Promise.all(named.map((name) => world.docker.volume(name)))) {
    if (volume?.labels[accidentLabel] !== request.operation) continue
    await helper.close()
    await world.docker.removeVolume(volume.name)
    throw volumeNotFound(volume.name)
  }
  if (request.looksInto === undefined) return
  const made = (await world.docker.volumes()).filter(
    ({ labels }) => labels[accidentLabel] === request.operation,
  )
  if (made.length > 0) await helper.close()
  for (const { name } of made) await world.docker.removeVolume(name)
}
