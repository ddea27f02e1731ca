import { createHash } from 'node:crypto'

/** What tells one list of paths from another, without the list. */
export type PathList = { readonly count: number; readonly digest: string }

export type PathLister = {
  add(path: string): void
  finish(): PathList
}

/** Takes the paths of a layer one by one, each a string of bytes as everywhere (latin1). */
export function pathLister(): PathLister {
  const hash = createHash('sha256')
  let count = 0
  return {
    add(path) {
      hash.update(path, 'latin1').update('\0')
      count += 1
    },
    finish: () => ({ count, digest: hash.digest('hex') }),
  }
}
