import { walkReader, type Walk } from './walk.ts'

/** What find would say of a file, for tests; a plain file of root unless told. */
export type ExampleFile = {
  readonly path: string
  readonly type?: string
  readonly inode?: number
  readonly links?: number
  readonly size?: number
  readonly modified?: string
  readonly changed?: string
  readonly mode?: string
  readonly uid?: number
  readonly gid?: number
  readonly device?: number
  readonly target?: string
}

/** The record of a file as the walk's script prints it. */
export function exampleLine(file: ExampleFile, number = 0): string {
  const {
    type = 'f',
    inode = number + 100,
    links = 1,
    size = 0,
    modified = '1600000000.1234567890',
    changed = '1600000001.0000000000',
    mode = '644',
    uid = 0,
    gid = 0,
    device = 1,
  } = file
  const facts = [type, inode, links, size, modified, changed, mode, uid, gid, device]
  return `${facts.join(' ')}\0${file.path}\0${file.target ?? ''}\0`
}

/** The walk of a tree for tests; its root is added. */
export function exampleWalk(files: readonly ExampleFile[]): Walk {
  const reader = walkReader()
  const root: ExampleFile = { path: '', type: 'd', mode: '755' }
  for (const [number, file] of [root, ...files].entries())
    reader.push(Buffer.from(exampleLine(file, number), 'latin1'))
  return reader.finish()
}
