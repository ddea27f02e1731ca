import { chmodSync, lstatSync, mkdirSync, readdirSync, statSync } from 'node:fs'
import path from 'node:path'
import { VolError } from '../errors.ts'
import type { Digest } from '../snapshots/format.ts'
import { checkVolumeName, isVolumeName } from '../snapshots/volume-name.ts'
import { systemCode, unlessMissing } from './failure.ts'

/** Where the parts of one volume's OCI image layout are. */
export type Places = {
  readonly volume: string
  readonly root: string
  readonly layout: string
  readonly index: string
  readonly blobs: string
  /** Drafts: one directory per process and draft. */
  readonly drafts: string
  blob(digest: Digest): string
}

/** The only way from a volume's name to a path. Fails with INVALID_NAME. */
export function placesOf(store: string, volume: string): Places {
  const root = path.join(store, checkVolumeName(volume))
  const blobs = path.join(root, 'blobs', 'sha256')
  return {
    volume,
    root,
    layout: path.join(root, 'oci-layout'),
    index: path.join(root, 'index.json'),
    blobs,
    drafts: path.join(root, 'tmp'),
    blob: (digest) => path.join(blobs, digest.slice('sha256:'.length)),
  }
}

/** The volumes that the store knows; none when it is not there yet. What else lies in the directory is not ours. */
export function volumesIn(store: string): readonly Places[] {
  return namesIn(store)
    .filter(isVolumeName)
    .map((name) => placesOf(store, name))
    .filter(isLayout)
}

/** Whether there is something of an OCI image layout. */
export function isLayout(places: Places): boolean {
  if (unlessMissing(() => lstatSync(places.root))?.isDirectory() !== true) return false
  return [places.blobs, places.index, places.layout].some(
    (place) => unlessMissing(() => lstatSync(place)) !== undefined,
  )
}

/** The names in a directory in their order; none when it is not there. */
export function namesIn(directory: string): readonly string[] {
  return unlessMissing(() => readdirSync(directory))?.sort() ?? []
}

/** Makes a directory, and what is missing above it, with mode 0700 whatever the umask; gives those it made. */
export function makeDirectory(directory: string): readonly string[] {
  let above: readonly string[] = []
  try {
    mkdirSync(directory, { mode: 0o700 })
  } catch (error) {
    if (systemCode(error) === 'EEXIST') return []
    if (systemCode(error) !== 'ENOENT' || path.dirname(directory) === directory) throw error
    above = makeDirectory(path.dirname(directory))
    mkdirSync(directory, { mode: 0o700 })
  }
  chmodSync(directory, 0o700)
  return [...above, directory]
}

/** Refuses a store that another user could change, as ssh does with keys. A store that is not there yet is fine. */
export function checkStoreIsOurs(store: string): void {
  const me = process.getuid?.()
  const link = unlessMissing(() => lstatSync(store))
  if (me === undefined || link === undefined) return
  if (link.isSymbolicLink() && link.uid !== me && link.uid !== 0) {
    throw refused(store, 'is a symbolic link of another user', 'Use the directory itself.')
  }
  const stat = unlessMissing(() => statSync(store))
  if (stat === undefined) throw refused(store, 'is a symbolic link to nothing', 'Make the directory first.')
  if (!stat.isDirectory()) throw refused(store, 'is not a directory', 'Use a directory.')
  if (me !== 0 && stat.uid !== me && stat.uid !== 0) {
    throw refused(store, 'belongs to another user', 'Use a directory of your own.')
  }
  if ((stat.mode & 0o022) !== 0) {
    throw refused(store, 'can be written to by other users', `chmod go-w ${store}`)
  }
}

function refused(store: string, why: string, suggestion: string): VolError {
  return new VolError('FAILED', `The store ${store} is refused: it ${why}.`, { suggestions: [suggestion] })
}
