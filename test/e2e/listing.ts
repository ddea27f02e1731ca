import { createHash } from 'node:crypto'
import { createReadStream, type BigIntStats } from 'node:fs'
import { lstat, readdir, readlink } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import { execa } from 'execa'

/** One file of a tree, with everything that a copy of it must bring back. */
export type Listed = {
  readonly type: string
  /** Permission bits with setuid, setgid and sticky, in octal. */
  readonly mode: string
  readonly uid: number
  readonly gid: number
  /** Of a directory 0: it depends on the file system. */
  readonly size: number
  /** Nanoseconds since 1970. */
  readonly modified: string
  readonly target?: string
  /** The first path, by name, of the files that are hard links of one another. */
  readonly linkedWith?: string
  readonly device?: string
  /** Extended attributes in hexadecimal, capabilities among them. */
  readonly attributes?: readonly string[]
  readonly acl?: readonly string[]
  readonly sha256?: string
}

/** A tree by path, `.` the root. Names are escaped, so that whatever bytes they hold can be compared and printed. */
export type Listing = {
  readonly files: Readonly<Record<string, Listed>>
  /** Bytes on disk of every regular file: a sparse one takes less than its size. */
  readonly allocated: Readonly<Record<string, number>>
}

/**
 * Lists a folder of this machine with everything that there is to know. It shares no code with the product, so
 * that what the product overlooks is not overlooked here too. Needs root, getfattr and getfacl.
 */
export async function listTree(folder: string): Promise<Listing> {
  const [paths, attributes, acls] = await Promise.all([
    pathsBelow(Buffer.from(folder)),
    dumped('getfattr', ['-d', '-m', '-', '-e', 'hex', '-h', '-R', '-P', '--absolute-names', '--', folder]),
    dumped('getfacl', ['-n', '-s', '-R', '-P', '-p', '--', folder]),
  ])
  const files: Record<string, Listed> = {}
  const allocated: Record<string, number> = {}
  const firstOf = new Map<bigint, string>()
  for (const path of paths.toSorted((one, other) => Buffer.compare(one, other))) {
    const stat = await lstat(path, { bigint: true })
    const relative = path.subarray(Buffer.byteLength(folder) + 1)
    const name = relative.length === 0 ? '.' : escaped(relative)
    const whole = path.toString('latin1')
    const links = attributes.get(whole)?.filter((line) => !line.startsWith('security.selinux='))
    files[name] = {
      type: typeOf(stat),
      mode: (stat.mode & 0o7777n).toString(8),
      uid: Number(stat.uid),
      gid: Number(stat.gid),
      size: stat.isDirectory() ? 0 : Number(stat.size),
      modified: String(stat.mtimeNs),
      ...(stat.isSymbolicLink() ? { target: escaped(await readlink(path, { encoding: 'buffer' })) } : {}),
      ...linkedWith(stat, name, firstOf),
      ...(stat.isBlockDevice() || stat.isCharacterDevice() ? { device: String(stat.rdev) } : {}),
      ...withSome('attributes', links?.toSorted()),
      ...withSome(
        'acl',
        acls.get(whole)?.filter((line) => !/^# (owner|group|flags): /.test(line)),
      ),
      ...(stat.isFile() ? { sha256: await digestOf(path) } : {}),
    }
    if (stat.isFile()) allocated[name] = Number(stat.blocks) * 512
  }
  return { files, allocated }
}

function linkedWith(stat: BigIntStats, name: string, firstOf: Map<bigint, string>): { linkedWith?: string } {
  if (stat.isDirectory() || stat.nlink < 2n) return {}
  const first = firstOf.get(stat.ino) ?? name
  firstOf.set(stat.ino, first)
  return { linkedWith: first }
}

function withSome(name: 'attributes' | 'acl', lines: readonly string[] | undefined) {
  return lines === undefined || lines.length === 0 ? {} : { [name]: lines }
}

async function pathsBelow(folder: Buffer): Promise<Buffer[]> {
  const paths = [folder]
  for (const entry of await readdir(folder, { withFileTypes: true, encoding: 'buffer' })) {
    const path = Buffer.concat([folder, Buffer.from('/'), entry.name])
    if (entry.isDirectory()) for (const below of await pathsBelow(path)) paths.push(below)
    else paths.push(path)
  }
  return paths
}

/** What getfattr and getfacl print: paragraphs that begin with the name of the file, in octal where need be. */
async function dumped(
  program: string,
  args: readonly string[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  const { stdout } = await execa(program, args, { encoding: 'latin1', maxBuffer: 1024 ** 3 })
  const found = new Map<string, readonly string[]>()
  for (const paragraph of stdout.split('\n\n')) {
    const [header = '', ...lines] = paragraph.split('\n').filter((line) => line !== '')
    const file = header.replace(/^# file: /, '')
    found.set(file.replaceAll(/\\([0-7]{3})/g, byteOf), lines)
  }
  return found
}

function byteOf(_escape: string, octal: string): string {
  return String.fromCharCode(Number.parseInt(octal, 8))
}

function typeOf(stat: BigIntStats): string {
  if (stat.isFile()) return 'file'
  if (stat.isDirectory()) return 'directory'
  if (stat.isSymbolicLink()) return 'symlink'
  if (stat.isFIFO()) return 'fifo'
  if (stat.isSocket()) return 'socket'
  return stat.isBlockDevice() ? 'block' : 'character'
}

async function digestOf(path: Buffer): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path), hash)
  return hash.digest('hex')
}

/** Printable ASCII as it is, every other byte and the backslash as `\xNN`. */
function escaped(bytes: Buffer): string {
  return bytes
    .toString('latin1')
    .replaceAll(/[^ -[\]-~]/g, (byte) => `\\x${byte.charCodeAt(0).toString(16).padStart(2, '0')}`)
}
