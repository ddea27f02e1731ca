import type { Helper, HelperRequest } from '../../docker/docker.ts'
import { helperImages } from '../../docker/helper-image.ts'
import { helperLabel } from '../../docker/observe.ts'
import { isVolError, VolError } from '../../errors.ts'
import type { World } from '../../plan/world.ts'
import { newOperation } from '../../volumes/session.ts'

type Wanted = Pick<HelperRequest, 'mounts' | 'images'> & {
  /** Images of the containers concerned, to start from when the usual one is not here. */
  readonly candidates: readonly string[]
}

/** A helper that only reads. No image is pulled for it: an audit does with what is here. */
export async function startAuditHelper(
  { docker, helperImage }: World,
  { candidates, ...request }: Wanted,
): Promise<{ readonly helper: Helper; readonly operation: string }> {
  const operation = newOperation()
  let failure: unknown
  for await (const image of helperImages(docker, {
    configured: helperImage,
    fromConsumers: candidates,
    pull: false,
  }))
    try {
      const helper = await docker.startHelper({
        ...request,
        image,
        name: `docker-vol-audit-${operation}`,
        labels: { [helperLabel]: operation },
      })
      return { helper, operation }
    } catch (error) {
      if (!isVolError(error, 'HELPER_IMAGE_NOT_FOUND')) throw error
      failure = error
    }
  throw failure ?? new VolError('HELPER_IMAGE_NOT_FOUND', 'No image with GNU tar is here.')
}
