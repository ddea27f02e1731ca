import { VolError, isVolError } from '../errors.ts'
import type { Helper } from '../docker/docker.ts'
import { helperImages } from '../docker/helper-image.ts'
import { accidentLabel } from '../docker/leash.ts'
import { helperLabel, volumeNotFound } from '../docker/observe.ts'
import type { World } from '../plan/world.ts'

export type SessionRequest = {
  /** Names the operation; part of the helper's name unless it writes. */
  readonly operation: string
  /** The volume to read, or to write; only one command at a time may write a volume. */
  readonly reads?: string
  readonly writes?: string
  /** Images that were used with the volume, to start the helper from if need be. */
  readonly images: readonly string[]
}

/** Does something with a helper that has volumes mounted (`volume` the one to write, else to read; `source` the one
 * to read when both are there), and ends the helper whatever happens. */
export async function withHelper<Result>(
  world: World,
  request: SessionRequest,
  action: (helper: Helper, image: string) => Promise<Result>,
): Promise<Result> {
  const { helper, image } = await startFirst(world, request)
  try {
    await refuseAccident(world, request, helper)
    return await action(helper, image)
  } finally {
    await helper.close()
  }
}

async function startFirst(world: World, request: SessionRequest): Promise<{ helper: Helper; image: string }> {
  const { reads, writes } = request
  let failure: unknown
  for await (const image of helperImages(world.docker, {
    configured: world.helperImage,
    fromConsumers: request.images,
  })) {
    try {
      const helper = await world.docker.startHelper({
        image,
        name:
          writes === undefined
            ? `docker-vol-read-${reads}-${request.operation}`
            : `docker-vol-write-${writes}`,
        labels: { [helperLabel]: request.operation },
        mounts: [
          ...(writes === undefined ? [] : [{ volume: writes, path: 'volume', readOnly: false }]),
          ...(reads === undefined
            ? []
            : [{ volume: reads, path: writes === undefined ? 'volume' : 'source', readOnly: true }]),
        ],
      })
      return { helper, image }
    } catch (error) {
      if (!isVolError(error, 'HELPER_IMAGE_NOT_FOUND')) throw error
      failure = error
    }
  }
  throw failure ?? new VolError('HELPER_IMAGE_NOT_FOUND', 'No image with GNU tar is here.')
}

/** The engine makes a volume that is not there: one that went away since we looked must not come back empty. */
async function refuseAccident(world: World, request: SessionRequest, helper: Helper): Promise<void> {
  for (const name of [request.reads, request.writes]) {
    if (name === undefined) continue
    const volume = await world.docker.volume(name)
    if (volume?.labels[accidentLabel] === undefined) continue
    await helper.close()
    await world.docker.removeVolume(name)
    throw volumeNotFound(name)
  }
}
