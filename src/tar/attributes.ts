import type { TarEntry } from './entry.ts'
import { shown } from './refuse.ts'

/** Records that say nothing about the file that the canonical header does not say, or that only the other host knows. */
const silent =
  /^(?:path|linkpath|size|uid|gid|mtime|atime|ctime|uname|gname|comment|charset|hdrcharset|GNU\.sparse\..*|SCHILY\.(?:dev|ino|nlink|devmajor|devminor)|LIBARCHIVE\.creationtime)$/

/** Linux's XATTR_NAME_MAX and XATTR_SIZE_MAX. */
const longestName = 255
const longestValue = 65536

const aclLine =
  /^(?:d(?:efault)?:)?(?:u|g|m|o|user|group|mask|other):[^:\n,]*:[-rwxX]{1,3}(?::[0-9]*)?[ \t]*(?:#[^\n]*)?$/

/**
 * The records of a foreign entry that its volume gets: `user.*` attributes, file capabilities and POSIX ACLs, where
 * Linux can hold them. Everything else is dropped and told to `warn`: `trusted.*` and `security.*` speak to the
 * kernel of the machine that unpacks.
 */
export function keptRecords(entry: TarEntry, warn: (what: string) => void): Map<string, string> {
  const kept = new Map<string, string>()
  if (entry.type === 'hardlink') {
    // Its attributes are those of the file, which was there first.
    return kept
  }
  for (const [key, value] of entry.pax) {
    const fault = silent.test(key) ? '' : faultOf(entry, key, value)
    if (fault === undefined) {
      kept.set(key, value)
    } else if (fault !== '') {
      warn(fault)
    }
  }
  return kept
}

/** Undefined for what is kept, empty for what may go without a word. */
function faultOf(entry: TarEntry, key: string, value: string): string | undefined {
  if (key.startsWith('SCHILY.xattr.')) {
    return attributeFault(entry, key.slice('SCHILY.xattr.'.length), value)
  }
  if (key === 'SCHILY.acl.access' || key === 'SCHILY.acl.default') {
    return aclFault(entry, key, value)
  }
  if (key.startsWith('LIBARCHIVE.xattr.') && entry.pax.has(key.replace('LIBARCHIVE', 'SCHILY'))) {
    return ''
  }
  return `records "${shown(key)}" were not kept`
}

function attributeFault(entry: TarEntry, name: string, value: string): string | undefined {
  const [space = ''] = name.split('.')
  if (name === 'system.posix_acl_access' || name === 'system.posix_acl_default') {
    const said = entry.pax.has(name.replace('system.posix_acl_', 'SCHILY.acl.'))
    return said ? '' : 'POSIX ACLs that are stored as plain attributes were not kept'
  }
  if (space !== 'user' && name !== 'security.capability') {
    return `extended attributes ${shown(space)}.* were not kept`
  }
  if (name === 'user.' || name.length > longestName || value.length > longestValue) {
    return 'extended attributes that Linux cannot hold were not kept'
  }
  const holds = entry.type === 'file' || (entry.type === 'directory' && space === 'user')
  return holds ? undefined : `extended attributes ${space}.* of a ${entry.type} were not kept`
}

function aclFault(entry: TarEntry, key: string, value: string): string | undefined {
  const lines = value.split(/[\n,]/).filter((line) => line.trim() !== '' && !line.startsWith('#'))
  if (!lines.every((line) => aclLine.test(line.trim()))) {
    return 'malformed POSIX ACLs were not kept'
  }
  const holds = key === 'SCHILY.acl.default' ? entry.type === 'directory' : entry.type !== 'symlink'
  return holds ? undefined : `POSIX ACLs of a ${entry.type} were not kept`
}
