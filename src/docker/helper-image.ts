import { isVolError, VolError } from '../errors.ts'
import type { Docker } from './docker.ts'

/** A small Debian with GNU tar, by digest, so that it cannot change under us. */
export const defaultHelperImage =
  'debian:trixie-slim@sha256:a29215f6a35e51e22adffa17f89e9d2ef06214e64a2bad10d765c46aea49f11f'

export type HelperImageChoice = {
  /** What the user asked for; nothing else is tried then. */
  readonly configured: string | undefined
  /** Images that were used with the volume: on this engine already, and mostly with GNU tar. */
  readonly fromConsumers: readonly string[]
  /** Whether one may be pulled; it may unless this is false. */
  readonly pull?: boolean | undefined
}

/**
 * Images to start the helper from, best first: the configured one, or else the default, then those of the volume's
 * own containers; and when none of them is here, the configured or the default one once it is pulled. Whether an
 * image is here and has GNU tar shows when it is started, so whoever asks for the next one has tried the last
 * (docs/decisions/0004 says why the consumers' come before a pull).
 */
export async function* helperImages(
  docker: Pick<Docker, 'image' | 'pull'>,
  choice: HelperImageChoice,
): AsyncGenerator<string> {
  const { configured, fromConsumers } = choice
  const wanted = configured ?? defaultHelperImage
  yield wanted
  if (configured === undefined) yield* new Set(fromConsumers)
  if (choice.pull === false) return
  if ((await docker.image(wanted)) !== undefined) return
  await pull(docker, wanted)
  yield wanted
}

async function pull(docker: Pick<Docker, 'pull'>, image: string): Promise<void> {
  try {
    await docker.pull(image)
  } catch (error) {
    if (!isVolError(error, 'DOCKER_FAILED')) throw error
    throw new VolError(
      'HELPER_IMAGE_NOT_FOUND',
      `The helper image ${image} is not here and could not be pulled.`,
      {
        cause: error,
        ...(error.output === undefined ? {} : { output: error.output }),
      },
    )
  }
}
