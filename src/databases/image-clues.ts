import type { Container, DatabaseFacts } from '../facts.ts'
import { printableText } from '../tar/name.ts'
import type { Database, DatabaseImage, Environment } from './database.ts'

/**
 * What the image and the settings of a container say of the data in one of its volumes. That it runs a database is
 * not enough: the place where that keeps its data must lie in the volume.
 */
export function databasesByImage(
  databases: readonly Database[],
  volume: string,
  container: Container,
): readonly DatabaseFacts[] {
  const environment = environmentOf(container)
  const { name, tag } = nameAndTag(container.image)
  const image = imageOf(databases, name, environment)
  if (image === undefined) return []
  const version = image.version(environment, tag)
  for (const directory of image.directories(environment, version)) {
    const path = pathInVolume(container, volume, directory)
    if (path !== undefined)
      return [
        {
          kind: image.kind,
          ...(version === undefined ? {} : { version }),
          path: printableText(path),
          recognisedBy: 'image',
          details: {},
        },
      ]
  }
  return []
}

/** Variables are surer than a name, which anybody can give an image. */
function imageOf(
  databases: readonly Database[],
  name: string,
  environment: Environment,
): DatabaseImage | undefined {
  const images = databases.flatMap((database) => database.images)
  return (
    images.find(({ variables }) => variables.some((variable) => environment(variable) !== undefined)) ??
    images.find(({ names }) => names.includes(name))
  )
}

/** Where a directory of a container lies in a volume that it mounts; undefined when it lies elsewhere. */
function pathInVolume(container: Container, volume: string, directory: string): string | undefined {
  const over = container.mounts
    .filter(({ destination }) => isWithin(directory, destination))
    .sort((one, other) => other.destination.length - one.destination.length)
  const [nearest] = over
  if (nearest?.volume !== volume) return undefined
  return directory === nearest.destination ? '.' : directory.slice(withSlash(nearest.destination).length)
}

function isWithin(directory: string, destination: string): boolean {
  return directory === destination || directory.startsWith(withSlash(destination))
}

function withSlash(path: string): string {
  return path.endsWith('/') ? path : `${path}/`
}

function environmentOf({ environment }: Container): Environment {
  return (name) =>
    Object.hasOwn(environment, name) && environment[name] !== '' ? environment[name] : undefined
}

/** `registry:5000/a/postgres:17@sha256:…` is `postgres`, `17`. */
function nameAndTag(image: string): { readonly name: string; readonly tag: string } {
  const [named = ''] = image.split('@')
  const [name = '', tag = ''] = (named.split('/').at(-1) ?? '').split(':')
  return { name, tag }
}
