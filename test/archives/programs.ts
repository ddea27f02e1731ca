import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** How we call GNU tar wherever it reads or writes volumes. */
export const tarOptions = [
  '--format=posix',
  '--xattrs',
  '--xattrs-include=*',
  '--acls',
  '--selinux',
  '--sparse',
  '--numeric-owner',
] as const

/** A directory that is removed when the block that declares it with `using` is left. */
export function scratchDirectory(): { readonly path: string; [Symbol.dispose](): void } {
  const path = mkdtempSync(join(tmpdir(), 'vol-tar-'))
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) }
}

/**
 * What a program sees in an archive: name (bytes; a link's with ` -> ` or ` link to ` and its target), type (as in
 * `ls -l`; h for a hard link) and size.
 */
export type Listed = { readonly name: string; readonly type: string; readonly size: number }

/** What GNU tar lists in each archive; a string is its complaint. */
export function listWithGnuTar(archives: readonly Buffer[]): (Listed[] | string)[] {
  using scratch = scratchDirectory()
  archives.forEach((bytes, index) => writeFileSync(join(scratch.path, `${index}.tar`), bytes))
  const script = `i=0; while [ $i -lt $1 ]; do
    tar --list --verbose --numeric-owner --quoting-style=escape --file $i.tar 2>err || { printf 'F'; cat err; }
    printf '\\n\\f\\n'; i=$((i + 1)); done`
  const output = execFileSync('sh', ['-c', script, 'sh', String(archives.length)], {
    cwd: scratch.path,
    encoding: 'latin1',
    maxBuffer: 1 << 28,
    env: { PATH: process.env['PATH'], LC_ALL: 'C' },
  })
  return output
    .split('\n\f\n')
    .slice(0, -1)
    .map((text) => gnuListing(text))
}

function gnuListing(text: string): Listed[] | string {
  const lines = text.split('\n').filter((line) => line !== '')
  const listed = lines.map((line) => {
    const [, type = '', size = '', name = ''] =
      /^([-dlhpcb])[-rwxsStT]{9}[.+*]* \d+\/\d+ +(\d+|\d+,\d+) -?\d+-\d\d-\d\d \d\d:\d\d (.*)$/.exec(line) ??
      []
    return { name: unescaped(name), type, size: type === '-' ? Number(size) : 0 }
  })
  return listed.some(({ type }) => type === '') ? text : listed
}

const letters: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
}

function unescaped(name: string): string {
  return name.replace(/\\([0-7]{3}|.)/g, (_, code: string) =>
    code.length === 3 ? String.fromCharCode(Number.parseInt(code, 8)) : (letters[code] ?? code),
  )
}

const python = `
import io, json, struct, sys, tarfile
kinds = {tarfile.REGTYPE: '-', tarfile.AREGTYPE: '-', tarfile.DIRTYPE: 'd', tarfile.SYMTYPE: 'l', tarfile.LNKTYPE: 'h',
  tarfile.FIFOTYPE: 'p', tarfile.CHRTYPE: 'c', tarfile.BLKTYPE: 'b'}
arrow = {tarfile.SYMTYPE: ' -> ', tarfile.LNKTYPE: ' link to '}
def raw(name):
  return name.encode('utf-8', 'surrogateescape').decode('latin1')
def listed(data):
  try:
    with tarfile.open(fileobj=io.BytesIO(data), mode='r:', errorlevel=2, ignore_zeros=False) as archive:
      return [{'name': raw(m.name) + ('/' if m.isdir() else arrow.get(m.type, '') and arrow[m.type] + raw(m.linkname)),
        'type': kinds.get(m.type, '?'), 'size': m.size if m.isreg() else 0} for m in archive]
  except Exception as error:
    return repr(error)
stdin = sys.stdin.buffer
while head := stdin.read(4):
  print(json.dumps(listed(stdin.read(struct.unpack('>I', head)[0]))))
`

/** What Python's tarfile lists in each archive; a string is its complaint. */
export function listWithPython(archives: readonly Buffer[]): (Listed[] | string)[] {
  const input = archives.flatMap((bytes) => {
    const length = Buffer.alloc(4)
    length.writeUInt32BE(bytes.length)
    return [length, bytes]
  })
  const output = execFileSync('python3', ['-c', python], {
    input: Buffer.concat(input),
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  })
  return output
    .split('\n')
    .slice(0, -1)
    .map((line): Listed[] | string => JSON.parse(line))
}
