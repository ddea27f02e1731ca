import { zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import { decodeFileRecord, encodeFileRecord } from '../snapshots/file-record.ts'
import { checkTree, type ExpectedFile } from './staged-tree.ts'
import type { Walk } from './walk.ts'

/** Files that were announced, kept to be compared with what was unpacked. A million of them take some tens of MiB. */
export type ExpectedFiles = {
  add(file: ExpectedFile): void
  check(walk: Walk): Promise<void>
}

/** How much text is compressed together. */
const pageSize = 1024 * 1024

export function expectedFiles(): ExpectedFiles {
  const pages: Buffer[] = []
  let text = ''

  function turn(): void {
    if (text !== '') pages.push(zstdCompressSync(Buffer.from(text)))
    text = ''
  }

  return {
    add({ path, type, size, mode, uid, gid, modified, target, device }) {
      const optional = {
        ...(target === undefined ? {} : { target }),
        ...(device === undefined ? {} : { device }),
      }
      const record = {
        path,
        type,
        size,
        mode,
        uid,
        gid,
        modified,
        ...optional,
        layer: 0,
        offset: 0,
        length: 0,
      }
      text += `${encodeFileRecord(record)}\n`
      if (text.length > pageSize) turn()
    },
    async check(walk) {
      turn()
      const tree = checkTree(walk, { impliedDirectories: true, repeatedDirectories: true })
      for (const page of pages)
        for (const line of zstdDecompressSync(page).toString().trimEnd().split('\n'))
          tree.add(decodeFileRecord(line))
      tree.finish()
    },
  }
}
