import type { MigrationPlace, PostgresImage } from '../migrate/migration.ts'

/** Where official images before 18 have their data. */
const usualDirectory = '/var/lib/postgresql/data'

/** What is known of where the old cluster lies. */
export type OldPlace = {
  /** Relative to the volume's root, which is `.`. */
  readonly path: string
  /** Where the volume is mounted; undefined when no container mounts it. */
  readonly mountPath: string | undefined
  /** PGDATA of the container, where that is not just what its image says. */
  readonly chosenDirectory: string | undefined
}

/**
 * Where the new cluster goes. Whoever chose a directory keeps it: PGDATA counts for the new image as well. Otherwise it
 * goes where the new image looks for it, and the volume is mounted where that image declares one: since 18 that is
 * the directory above (docker-library/postgres, pull request 1259), and another mount would be refused or hold nothing.
 */
export function placeFor(
  old: OldPlace,
  to: Pick<PostgresImage, 'dataDirectory' | 'volumes'>,
): MigrationPlace {
  const { path, mountPath, chosenDirectory } = old
  if (mountPath !== undefined && chosenDirectory !== undefined) {
    const own = path === '.' ? mountPath : `${mountPath}/${path}`
    if (normal(chosenDirectory) === normal(own))
      return { path, mountPath: normal(mountPath), dataDirectory: normal(chosenDirectory) }
  }
  const dataDirectory = normal(to.dataDirectory === '' ? usualDirectory : to.dataDirectory)
  const [nearest = dataDirectory] = to.volumes
    .map(normal)
    .filter((volume) => isWithin(dataDirectory, volume))
    .sort((one, other) => other.length - one.length)
  return {
    path: dataDirectory === nearest ? '.' : dataDirectory.slice(nearest.length + 1),
    mountPath: nearest,
    dataDirectory,
  }
}

function normal(path: string): string {
  return path.replaceAll(/\/+/g, '/').replace(/(.)\/$/, '$1')
}

function isWithin(path: string, directory: string): boolean {
  return path === directory || path.startsWith(`${directory}/`)
}
