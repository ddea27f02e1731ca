import { VolError } from '../errors.ts'
import type { World } from '../plan/world.ts'
import type { StoredSnapshot } from './format.ts'
import { formatReference } from './reference.ts'

/** An image on this engine to boot a snapshot with, and where it expects the volume. */
export type BootImage = {
  readonly id: string
  /** How it was found, for people. */
  readonly name: string
  /** Without the slash at its beginning. */
  readonly mountPath: string
}

/** Where the volume goes when the place that was recorded cannot be used. */
const anywhere = 'volume'

/**
 * The images of the containers that used the volume when the snapshot was taken, those that could write it first: the
 * very same image if it is here, else the one of its digest, else the one that has its name today. `asked` replaces
 * them all. Nothing is pulled: IMAGE_NOT_FOUND names what could be.
 */
export async function bootImages(
  world: World,
  snapshot: StoredSnapshot,
  asked: string | undefined,
): Promise<readonly BootImage[]> {
  const consumers = [...snapshot.config.consumers].sort(
    (one, other) => Number(one.readOnly) - Number(other.readOnly),
  )
  const wanted =
    asked === undefined
      ? consumers.map(({ imageId, repositoryDigests, image, destination }) => ({
          references: [imageId, ...repositoryDigests, image],
          destination,
        }))
      : [{ references: [asked], destination: consumers[0]?.destination ?? '' }]
  const found: BootImage[] = []
  for (const { references, destination } of wanted) {
    const image = await firstHere(world, references)
    if (image !== undefined && !found.some(({ id }) => id === image.id))
      found.push({ ...image, mountPath: mountPathOf(destination) })
  }
  if (found.length > 0) return found
  const names = [...new Set(wanted.flatMap(({ references }) => references.at(-1) ?? []))]
  throw new VolError(
    'IMAGE_NOT_FOUND',
    names.length === 0
      ? `${formatReference(snapshot)} does not say which image its volume was used with.`
      : `To boot ${formatReference(snapshot)} an image is needed that is not here: ${names.join(', ')}.`,
    {
      suggestions: [
        ...names.map((name) => `docker pull ${name}, then try again.`),
        'Or name an image of the same database with --image.',
      ],
    },
  )
}

async function firstHere(
  world: World,
  references: readonly string[],
): Promise<Pick<BootImage, 'id' | 'name'> | undefined> {
  for (const reference of references) {
    const image = reference === '' ? undefined : await world.docker.image(reference)
    if (image !== undefined) return { id: image.id, name: references.at(-1) ?? reference }
  }
  return undefined
}

/** Programs need not care, but configurations may name the place. What docker's syntax or our own places rule out goes elsewhere. */
function mountPathOf(destination: string): string {
  const isUsable =
    /^(\/[\w.-]+)+$/.test(destination) &&
    !/\/\.\.?(\/|$)|^\/(tmp|run|dev|proc|sys|etc|bin|usr|lib)(\/|$)/.test(destination)
  return isUsable ? destination.slice(1) : anywhere
}
