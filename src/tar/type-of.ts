import type { EntryType } from '../snapshots/format.ts'
import type { Header } from './header.ts'
import { refuse } from './refuse.ts'

const types: Readonly<Record<string, EntryType>> = {
  '\0': 'file',
  '0': 'file',
  '1': 'hardlink',
  '2': 'symlink',
  '3': 'character',
  '4': 'block',
  '5': 'directory',
  '6': 'fifo',
  '7': 'file',
}

const refusedTypes: Readonly<Record<string, string>> = {
  S: 'it is an old GNU sparse file (make the archive with --format=posix)',
  V: 'it is a GNU volume label',
  M: 'it continues a file of another volume (multi-volume archive)',
  N: 'it is an old GNU long name',
  D: 'it is a directory of a GNU incremental backup',
  X: 'it is a Solaris extended header',
  A: 'it is a Solaris ACL',
}

/** The type of an entry, or a refusal of what only some programs know. */
export function typeOf(header: Header, path: string, offset: number): EntryType {
  const type = types[header.typeflag]
  if (type === undefined) {
    refuse(path, offset, refusedTypes[header.typeflag] ?? `unknown type ${JSON.stringify(header.typeflag)}`)
  }
  if (path === '') {
    refuse(path, offset, 'it has no name')
  }
  // V7 tar had no directories: a file whose name ends in a slash was one. Python asks the short name, GNU tar the long.
  const slashes = [path, header.name].filter((name) => name.endsWith('/')).length
  if (header.typeflag === '\0' && slashes === 2) {
    return 'directory'
  }
  if (type !== 'directory' && (path.endsWith('/') || (header.typeflag === '\0' && slashes > 0))) {
    refuse(path, offset, `a ${type} cannot have a name that ends in a slash`)
  }
  return type
}
