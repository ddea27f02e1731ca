import type { ImageReference } from '../model/image-reference.ts'
import { otherDatabaseImages } from './other-database-images.ts'
import { sqlDatabaseImages } from './sql-database-images.ts'

type Environment = (name: string) => string | undefined

/** The database whose server an image runs, and what it does with its data: what is known without looking into it. */
export type ServedDatabase = {
  readonly kind: string
  readonly title: string
  readonly major: number | undefined
  /** Where its data lies; undefined when that cannot be told. */
  readonly directory: string | undefined
  /** The variable that moved it there. */
  readonly moved: string | undefined
  readonly declaredVolumes: readonly string[]
  readonly cache: boolean
  readonly rebuildable: boolean
  readonly majorMatters: boolean
}

const byRepository = new Map(
  [...sqlDatabaseImages, ...otherDatabaseImages].flatMap((image) =>
    image.images.map((name) => [name, image] as const),
  ),
)

/**
 * The database that an image serves; undefined for an image that is not known to. `environment` answers undefined for
 * what is not set, `unknown` says which variables cannot be told.
 */
export function databaseOf(
  image: ImageReference,
  environment: Environment,
  unknown: (name: string) => boolean,
): ServedDatabase | undefined {
  const known = byRepository.get(image.repository)
  if (known === undefined) return undefined
  const { kind, title, cache, rebuildable, majorMatters } = known
  const digits = image.tag === undefined ? undefined : known.major.exec(image.tag)?.[1]
  const major = digits === undefined ? undefined : Number(digits)
  const { directory, declared = [] } = known
  const usual = typeof directory === 'function' ? directory(major) : directory
  const chosen = known.moved === undefined ? undefined : environment(known.moved)
  const open = known.moved !== undefined && unknown(known.moved)
  return {
    kind,
    title,
    major,
    directory: open ? undefined : (chosen ?? usual),
    moved: chosen === undefined ? undefined : known.moved,
    declaredVolumes: typeof declared === 'function' ? declared(major) : declared,
    cache: cache === true,
    rebuildable: rebuildable === true,
    majorMatters: majorMatters === true,
  }
}
