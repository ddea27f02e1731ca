import type { TarEntry } from '../tar/parse.ts'
import type { FileRecord } from './format.ts'

/** Where an entry lies: which layer, and from where in its unpacked tar, for how many bytes. */
export type RecordPlace = Pick<FileRecord, 'layer' | 'offset' | 'length'>

/** What the file table says of an entry of a layer. */
export function tarRecord(entry: TarEntry, place: RecordPlace): FileRecord {
  const { type, size, mode, uid, gid, modified, target, device } = entry
  const path = relativePath(entry.path)
  return {
    path: path === '' ? '.' : path,
    type,
    size: type === 'file' ? size : 0,
    mode,
    uid,
    gid,
    modified,
    ...(target === undefined ? {} : { target: type === 'hardlink' ? relativePath(target) : target }),
    ...(device === undefined ? {} : { device }),
    layer: place.layer,
    offset: place.offset,
    length: place.length,
  }
}

/** `./a/b/` as `a/b`; the root as the empty path. */
export function relativePath(path: string): string {
  const trimmed = path.replace(/^\.(?:\/+|$)/, '')
  return trimmed.endsWith('/') ? trimmed.replace(/\/+$/, '') : trimmed
}
