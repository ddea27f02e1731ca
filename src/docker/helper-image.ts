import { VolError } from '../errors.ts'
import type { Docker } from './docker.ts'

/** A small Debian with GNU tar, by digest, so that it cannot change under us. */
export const defaultHelperImage =
  'debian:trixie-slim@sha256:a29215f6a35e51e22adffa17f89e9d2ef06214e64a2bad10d765c46aea49f11f'

export type HelperImageChoice = {
  /** What the user asked for; nothing else is tried then. */
  readonly configured: string | undefined
  /** Images that were used with the volume: on this engine already, and mostly with GNU tar. */
  readonly fromConsumers: readonly string[]
}

/**
 * Images to start the helper from, best first: the configured one; the default if it is here; those of the
 * volume's own containers if they are here; the default once it is pulled. Whether one has GNU tar shows when it
 * starts (docs/decisions/0004 says why the consumers' come before a pull).
 */
export async function* helperImages(docker: Docker, choice: HelperImageChoice): AsyncGenerator<string> {
  if (choice.configured !== undefined) {
    if ((await docker.image(choice.configured)) === undefined) await docker.pull(choice.configured)
    yield choice.configured
    return
  }
  if ((await docker.image(defaultHelperImage)) !== undefined) {
    yield defaultHelperImage
    return
  }
  for (const image of new Set(choice.fromConsumers))
    if ((await docker.image(image)) !== undefined) yield image
  try {
    await docker.pull(defaultHelperImage)
  } catch (error) {
    throw new VolError(
      'HELPER_IMAGE_NOT_FOUND',
      'No image with GNU tar is here, and the default could not be pulled.',
      {
        cause: error,
        ...(error instanceof VolError && error.output !== undefined ? { output: error.output } : {}),
      },
    )
  }
  yield defaultHelperImage
}
