import { execFileSync } from 'node:child_process'
import {
  closeSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { describeTree, makeOddTree } from '../../test/archives/odd-tree.ts'
import { listWithGnuTar, listWithPython, scratchDirectory, tarOptions } from '../../test/archives/programs.ts'
import { type TarEntry, tarParser } from './parse.ts'
import { endOfArchive, paddingAfter, paxEntry } from './write.ts'

const plain: TarEntry = {
  path: 'x',
  type: 'file',
  size: 0,
  storedSize: 0,
  mode: 0o644,
  uid: 0,
  gid: 0,
  modified: 0n,
  sparse: false,
  pax: new Map(),
}

function parse(bytes: Uint8Array): TarEntry[] {
  const entries: TarEntry[] = []
  tarParser({ entry: (entry) => void entries.push(entry) }).push(bytes)
  return entries
}

/** Without the records that only carry the other fields. */
function essence(entry: TarEntry | undefined): unknown {
  const kept = [...(entry?.pax ?? [])].filter(([key]) => key.startsWith('SCHILY.'))
  return { ...entry, pax: new Map(kept) }
}

const entries: readonly (readonly [string, Partial<TarEntry>])[] = [
  ['plain', {}],
  ['a name of 100 bytes', { path: 'n'.repeat(100) }],
  ['a name of 101 bytes', { path: 'n'.repeat(101) }],
  ['a name that is not UTF-8', { path: '\xff\n' }],
  ['a long name that is not UTF-8', { path: '\xff\n'.repeat(99) }],
  ['a long link', { type: 'symlink', target: `${'../'.repeat(99)}x` }],
  ['a hard link', { type: 'hardlink', target: 'y' }],
  ['a directory', { type: 'directory', path: 'd/' }],
  ['a long directory', { type: 'directory', path: `${'d'.repeat(100)}/` }],
  ['a fifo', { type: 'fifo' }],
  ['a device', { type: 'character', device: '7:300' }],
  ['a device of large numbers', { type: 'block', device: '4095:1048575' }],
  ['large owners', { uid: 4294967294, gid: 2097152 }],
  ['owners that just fit', { uid: 2097151, gid: 2097151 }],
  ['all mode bits', { mode: 0o7777 }],
  ['1 TiB', { size: 2 ** 40, storedSize: 2 ** 40 }],
  ['8 GiB', { size: 8 ** 11, storedSize: 8 ** 11 }],
  ['8 GiB less a byte', { size: 8 ** 11 - 1, storedSize: 8 ** 11 - 1 }],
  ['a nanosecond', { modified: 1_700_000_000_000_000_001n }],
  ['a whole second', { modified: 1_700_000_000_000_000_000n }],
  ['before 1970', { modified: -1_500_000_001n }],
  ['a nanosecond before 1970', { modified: -1n }],
  ['a whole second before 1970', { modified: -2_000_000_000n }],
  ['beyond octal seconds', { modified: 8_589_934_592n * 1_000_000_000n }],
  ['a sparse file', { path: 's'.repeat(200), sparse: true, size: 2 ** 40, storedSize: 1024 }],
  [
    'attributes',
    {
      pax: new Map([
        ['SCHILY.xattr.user.b', '\0\n='],
        ['SCHILY.acl.access', 'user::rw-\n'],
      ]),
    },
  ],
]

test.each(entries)('%s is read back as it was', (_, fields) => {
  const entry = { ...plain, ...fields }
  expect(essence(parse(paxEntry(entry))[0])).toEqual(essence(entry))
})

test('every length of a record counts its own digits', () => {
  for (let length = 1; length < 1100; length += 1) {
    const value = 'v'.repeat(length)
    const pax = new Map([['SCHILY.xattr.user.a', value]])
    expect(parse(paxEntry({ ...plain, pax }))[0]?.pax.get('SCHILY.xattr.user.a')).toBe(value)
  }
})

test('equal entries give equal bytes, in whatever order their records came', () => {
  const records = [
    ['SCHILY.xattr.user.a', '1'],
    ['SCHILY.xattr.user.b', '2'],
    ['atime', '3'],
  ] as const
  const one = paxEntry({ ...plain, pax: new Map(records) })
  const other = paxEntry({ ...plain, pax: new Map(records.toReversed().filter(([key]) => key !== 'atime')) })
  expect(one.equals(other)).toBe(true)
})

test('a plain entry needs a single block', () => {
  expect(paxEntry({ ...plain, modified: 1_700_000_000_000_000_000n }).length).toBe(512)
  expect(paxEntry(plain).length).toBe(1536)
})

test('GNU tar and Python read the same names, types and sizes', () => {
  const small = entries
    .map(([, fields]) => ({ ...plain, ...fields }))
    .filter(({ storedSize, sparse }) => storedSize === 0 && !sparse)
  const archives = small.map((entry) => Buffer.concat([paxEntry(entry), endOfArchive]))
  const gnu = listWithGnuTar(archives)
  expect(gnu.every((listed) => typeof listed !== 'string' && listed.length === 1)).toBe(true)
  expect(listWithPython(archives)).toEqual(gnu)
})

test('GNU tar and Python find what follows a file of 9 GiB', () => {
  using scratch = scratchDirectory()
  const path = join(scratch.path, 'large.tar')
  const size = 9 * 2 ** 30
  const headers = paxEntry({ ...plain, path: 'large', size, storedSize: size })
  const output = openSync(path, 'w')
  writeSync(output, headers)
  ftruncateSync(output, headers.length + size)
  writeSync(
    output,
    Buffer.concat([paxEntry({ ...plain, path: 'after' }), endOfArchive]),
    0,
    undefined,
    headers.length + size,
  )
  closeSync(output)
  const gnu = execFileSync('tar', ['--list', '--verbose', '--file', path], { encoding: 'utf8' })
  expect(gnu).toMatch(/^\S+ \S+ +9663676416 .* large\n\S+ \S+ +0 .* after\n$/)
  const python = `import sys, tarfile; print([(m.name, m.size) for m in tarfile.open(sys.argv[1], 'r:')])`
  expect(execFileSync('python3', ['-c', python, path], { encoding: 'utf8' })).toBe(
    "[('large', 9663676416), ('after', 0)]\n",
  )
})

/** Only root can make what the tree holds; the engine's tests go through the same as root in the helper. */
describe.skipIf(process.getuid?.() !== 0)('as root', () => {
  test('what GNU tar archives, we write again and GNU tar extracts, is the same in every respect', () => {
    using scratch = scratchDirectory()
    const [source, target] = [join(scratch.path, 'source'), join(scratch.path, 'target')]
    mkdirSync(source)
    mkdirSync(target)
    makeOddTree(source)
    const gnu = execFileSync('tar', [...tarOptions, '--create', '--file', '-', '--directory', source, '.'], {
      maxBuffer: 1 << 28,
    })
    const ours = join(scratch.path, 'ours.tar')
    writeFileSync(ours, writtenAgain(gnu))
    execFileSync(
      'tar',
      [...tarOptions, '--extract', '--preserve-permissions', '--file', ours, '--directory', target],
      {
        stdio: ['ignore', 'ignore', 'ignore'],
      },
    )
    expect(describeTree(source).length).toBeGreaterThan(25)
    expect(describeTree(target)).toEqual(describeTree(source))
    expect(writtenAgain(readFileSync(ours)).equals(readFileSync(ours))).toBe(true)
  })
})

function writtenAgain(bytes: Buffer): Buffer {
  const written: Uint8Array[] = []
  let padding = 0
  const parser = tarParser({
    entry(entry) {
      written.push(Buffer.alloc(padding), paxEntry(entry))
      padding = paddingAfter(entry.storedSize)
    },
    data: (chunk) => void written.push(chunk),
  })
  parser.push(bytes)
  parser.finish()
  return Buffer.concat([...written, Buffer.alloc(padding), endOfArchive])
}
