/** By which bytes, and where, one tells what people take for a tar, and what to call it. */
const kinds: readonly (readonly [offset: number, bytes: string, name: string])[] = [
  [0, '\x1f\x8b', 'gzip'],
  [0, '\x28\xb5\x2f\xfd', 'zstd'],
  // A skippable frame may come first; the low half of its first byte is free.
  [1, '\x2a\x4d\x18', 'zstd'],
  [0, '\xfd7zXZ\0', 'xz'],
  [4, '1AY&SY', 'bzip2'],
  [4, '\x17rE8P\x90', 'bzip2'],
  [0, 'PK\x03\x04', 'zip'],
  [0, 'PK\x05\x06', 'zip'],
  [0, '\x04\x22\x4d\x18', 'lz4'],
  [0, 'LZIP\x01', 'lzip'],
  [0, '\x5d\0\0', 'lzma'],
  [0, '7z\xbc\xaf\x27\x1c', '7-Zip'],
  [0, 'Rar!\x1a\x07', 'RAR'],
  [0, '\x1f\x9d', 'compress'],
  [0, '070701', 'cpio'],
  [0, '070702', 'cpio'],
  [0, '070707', 'cpio'],
  [0, '\xc7\x71', 'cpio'],
  [0, '!<arch>\n', 'ar'],
]

/** What bytes seem to be by how they begin (twelve are enough), or undefined: plain tar has no such mark. */
export function looksLike(bytes: Uint8Array): string | undefined {
  const start = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 12)).toString('latin1')
  return kinds.find(([offset, mark]) => start.startsWith(mark, offset))?.[2]
}
