import type { Warning } from '../snapshots/format.ts'
import { keptRecords } from './attributes.ts'
import type { TarEntry } from './entry.ts'
import { componentsOf } from './path.ts'
import { refuse } from './refuse.ts'
import { seenPaths } from './seen.ts'
import { warningCounter } from './warnings.ts'

export type PolicyOptions = {
  /** Block and character devices reach the host's hardware; refused unless allowed. */
  readonly allowDevices?: boolean
}

export type Policy = {
  /**
   * The entry as it may be unpacked: path without `./` and trailing slash (the root is `.`), attributes filtered.
   * Fails with ARCHIVE_REFUSED. `offset` is for messages.
   */
  admit(entry: TarEntry, offset: number): TarEntry
  warnings(): Warning[]
}

const largestId = 2 ** 32 - 2
/** Linux's PATH_MAX without the NUL. */
const longestTarget = 4095

/**
 * What a tar by anyone may do to a volume: make things below its root that were not there, nothing else. In the
 * order of the archive, no entry may pass through what is not a directory, replace another, or be a hard link to what
 * is not yet in this archive, or is a directory. A hard link to a symbolic link is a second name of the link itself.
 */
export function foreignPolicy(options: PolicyOptions = {}): Policy {
  const seen = seenPaths()
  const counter = warningCounter()

  /** The node of the entry's parent, made where nothing spoke of it yet, as tar itself makes missing directories. */
  function parentOf(components: readonly string[], entry: TarEntry, offset: number): number {
    let node = seen.root
    for (let index = 0; index < components.length - 1; index += 1) {
      const component = components[index] ?? ''
      node = seen.find(node, component) ?? seen.add(node, component, 'implied')
      const kind = seen.kind(node)
      if (kind === 'file' || kind === 'other') {
        refuse(entry.path, offset, 'it lies below something that is no directory')
      }
    }
    return node
  }

  function place(components: readonly string[], entry: TarEntry, offset: number): void {
    const kind = kindOf(entry)
    const last = components.at(-1)
    const parent = parentOf(components, entry, offset)
    const node = last === undefined ? seen.root : seen.find(parent, last)
    if (node === undefined) {
      seen.add(parent, last ?? '', kind)
    } else if (kind === 'directory' && (seen.kind(node) === 'implied' || seen.kind(node) === 'directory')) {
      seen.setKind(node, kind)
    } else {
      refuse(
        entry.path,
        offset,
        last === undefined ? 'the root must be a directory' : 'its name is there already',
      )
    }
  }

  function linkTarget(entry: TarEntry, offset: number): string {
    const components = componentsOf(entry.target ?? '', 'its link target', entry.path, offset)
    let node: number | undefined = seen.root
    for (const component of components) {
      node = node === undefined ? undefined : seen.find(node, component)
    }
    const kind = node === undefined ? undefined : seen.kind(node)
    if (kind !== 'file' && kind !== 'other') {
      refuse(entry.path, offset, 'it is a hard link to what is not an earlier file of the archive')
    }
    return components.join('/')
  }

  return {
    admit(entry, offset) {
      const components = componentsOf(entry.path, 'its name', entry.path, offset)
      checkFields(entry, options, offset)
      const target = entry.type === 'hardlink' ? linkTarget(entry, offset) : entry.target
      place(components, entry, offset)
      const path = components.length === 0 ? '.' : components.join('/')
      if (entry.type === 'file' && (entry.mode & 0o6000) !== 0) {
        counter.add('setuid and setgid bits were kept', path)
      }
      const pax = keptRecords(entry, (what) => counter.add(what, path))
      return { ...entry, path, pax, ...(target === undefined ? {} : { target }) }
    },
    warnings: () => counter.list(),
  }
}

function kindOf(entry: TarEntry): 'directory' | 'file' | 'other' {
  if (entry.type === 'directory') {
    return 'directory'
  }
  return entry.type === 'file' || entry.type === 'hardlink' ? 'file' : 'other'
}

function checkFields(entry: TarEntry, options: PolicyOptions, offset: number): void {
  if (entry.uid > largestId || entry.gid > largestId) {
    refuse(entry.path, offset, `its owner or group is beyond ${largestId}`)
  }
  if (entry.type === 'symlink' && (entry.target ?? '').length > longestTarget) {
    refuse(entry.path, offset, `its link target is longer than ${longestTarget} bytes`)
  }
  if (entry.device !== undefined && options.allowDevices !== true) {
    refuse(entry.path, offset, `it is a ${entry.type} device`)
  }
  const [major = 0, minor = 0] = (entry.device ?? '0:0').split(':').map(Number)
  if (major > 0xfff || minor > 0xfffff) {
    refuse(entry.path, offset, 'Linux has no such device number')
  }
}
