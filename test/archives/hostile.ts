import { zstdCompressSync, gzipSync } from 'node:zlib'
import {
  archive,
  directory,
  endMark,
  file,
  gnuLong,
  hardLink,
  pax,
  raw,
  record,
  sparseFile,
  symlink,
} from './raw.ts'

/** An archive that somebody made to do harm, or that only looks as if, and what must become of it. */
export type HostileArchive = {
  readonly name: string
  readonly description: string
  /** May be compressed. Small: what is large in them is only said to be. */
  bytes(): Buffer
  readonly expected: 'refused' | 'restored'
}

const refused = (name: string, description: string, bytes: () => Buffer): HostileArchive => ({
  name,
  description,
  bytes,
  expected: 'refused',
})
const restored = (name: string, description: string, bytes: () => Buffer): HostileArchive => ({
  ...refused(name, description, bytes),
  expected: 'restored',
})

const names: readonly HostileArchive[] = [
  refused('dot-dot', 'a name that climbs out', () => archive(file('../escape'))),
  refused('dot-dot-inside', 'a name that goes in and climbs out', () => archive(file('a/../../escape'))),
  refused('dot-dot-at-home', 'a name with .. that stays inside', () =>
    archive(directory('a/'), file('a/../x')),
  ),
  refused('absolute', 'an absolute name', () => archive(file('/etc/cron.d/job'))),
  refused('two-slashes-first', 'an absolute name of two slashes', () => archive(file('//x'))),
  refused('two-slashes', 'an empty component', () => archive(file('a//x'))),
  refused('dot-component', 'a single dot in the middle', () => archive(file('a/./x'))),
  refused('empty-name', 'no name', () => archive(file('', 'x'))),
  refused('nul-in-pax-path', 'a NUL in a long name: C stops there, others do not', () =>
    archive(pax({ path: 'good\0/../../evil' }), file('x')),
  ),
  refused('nul-in-gnu-name', 'a NUL in a GNU long name', () =>
    archive(gnuLong('L', 'good\0evil'), file('x')),
  ),
  refused('dot-dot-in-pax', 'a long name that climbs out', () =>
    archive(pax({ path: '../escape' }), file('x')),
  ),
  refused('dot-dot-in-prefix', 'a prefix that climbs out', () =>
    archive(raw({ name: 'x', prefix: '..', data: 'x' })),
  ),
  refused('dot-dot-in-sparse', 'the real name of a sparse file climbs out', () =>
    archive(sparseFile('../escape', 10, [1, 0, 1], 'x')),
  ),
  refused('component-256', 'a component of 256 bytes', () =>
    archive(pax({ path: 'n'.repeat(256) }), file('x')),
  ),
  refused('path-too-long', 'a path of 5 kB', () =>
    archive(pax({ path: 'deep/'.repeat(1000) + 'x' }), file('x')),
  ),
  restored('component-255', 'a component of 255 bytes', () =>
    archive(pax({ path: 'n'.repeat(255) }), file('x')),
  ),
  restored('deep', '500 levels', () => archive(pax({ path: 'd/'.repeat(500) + 'x' }), file('x'))),
  restored('odd-names', 'names that shells, terminals and options trip over', () =>
    archive(...oddNames.map((name) => file(name))),
  ),
  restored('dot-slash', 'the usual ./ before every name', () =>
    archive(directory('./'), directory('./a/'), file('./a/x'), file('./y')),
  ),
]

const oddNames = [
  '-rf',
  '--checkpoint-action=exec=sh',
  'new\nline',
  'tab\t',
  '\x1b[31mred',
  '\xff\xfe',
  ' space ',
  '*',
  '.wh.x',
  '@LongLink',
  'back\\slash',
  Buffer.from('é漢🎉').toString('latin1'),
  '...',
  '$(touch pwned)',
  '"\'',
]

const links: readonly HostileArchive[] = [
  refused('through-absolute-symlink', 'a link to /tmp, then a file below it', () =>
    archive(symlink('d', '/tmp'), file('d/x')),
  ),
  refused('through-relative-symlink', 'a link to ../tmp, then a file below it', () =>
    archive(symlink('d', '../tmp'), file('d/x')),
  ),
  refused('through-symlink-chain', 'links that climb together', () =>
    archive(directory('x/'), symlink('x/y', '..'), symlink('z', 'x/y/..'), file('z/escape')),
  ),
  refused('through-inner-symlink', 'a link that stays inside, and a file below it', () =>
    archive(directory('a/'), symlink('b', 'a'), file('b/x')),
  ),
  refused('directory-over-symlink', 'a link, then a directory of its name', () =>
    archive(symlink('d', '/tmp'), directory('d/'), file('d/x')),
  ),
  refused('symlink-over-directory', 'a directory replaced by a link', () =>
    archive(directory('d/'), symlink('d', '/tmp'), file('d/x')),
  ),
  refused('symlink-over-implied-directory', 'a directory that only a path spoke of, replaced by a link', () =>
    archive(file('d/a'), symlink('d', '/tmp'), file('d/x')),
  ),
  refused('file-over-symlink', 'a link to a file, then a file of its name', () =>
    archive(symlink('x', '/etc/passwd'), file('x')),
  ),
  refused('below-a-file', 'a file below a file', () => archive(file('x'), file('x/y'))),
  refused('below-a-hard-link', 'a file below a hard link', () =>
    archive(file('a'), hardLink('x', 'a'), file('x/y')),
  ),
  refused('hard-link-outside', 'a hard link to an absolute name', () =>
    archive(hardLink('x', '/etc/shadow')),
  ),
  refused('hard-link-up', 'a hard link that climbs out', () => archive(hardLink('x', '../../etc/shadow'))),
  refused('hard-link-later', 'a hard link to what comes later', () => archive(hardLink('x', 'y'), file('y'))),
  refused('hard-link-to-symlink-written', 'a hard link to a link, then written', () =>
    archive(symlink('s', '/etc/passwd'), hardLink('h', 's'), file('h')),
  ),
  refused('below-a-hard-link-to-symlink', 'a file below a hard link to a link', () =>
    archive(symlink('s', '/tmp'), hardLink('h', 's'), file('h/x')),
  ),
  restored('hard-link-to-symlink', 'a second name of a link, which is not followed', () =>
    archive(symlink('s', '/etc/passwd'), hardLink('h', 's')),
  ),
  refused('hard-link-to-directory', 'a hard link to a directory', () =>
    archive(directory('d/'), hardLink('h', 'd')),
  ),
  refused('hard-link-through-symlink', 'a hard link whose target passes a link', () =>
    archive(symlink('s', '/etc'), hardLink('h', 's/passwd')),
  ),
  refused('hard-link-to-itself', 'a hard link to itself', () => archive(hardLink('h', 'h'))),
  refused('hard-link-with-data', 'a hard link with data: some read it, some read headers in it', () =>
    archive(file('a'), raw({ name: 'h', typeflag: '1', linkName: 'a', data: file('smuggled') })),
  ),
  refused('symlink-to-nothing', 'a link without a target', () => archive(symlink('s', ''))),
  restored('symlinks-outside', 'links that point outside, nothing written through them', () =>
    archive(symlink('a', '/etc/passwd'), symlink('b', '../../..'), symlink('c', 'not/there')),
  ),
  restored('hard-link', 'a hard link to an earlier file', () => archive(file('a'), hardLink('./b', './a'))),
]

const duplicates: readonly HostileArchive[] = [
  refused('twice', 'a file twice', () => archive(file('x', 'first'), file('x', 'second'))),
  refused('twice-other-spelling', 'a file twice, once with ./', () => archive(file('x'), file('./x'))),
  refused('file-over-directory', 'a file of a directory’s name', () => archive(directory('x/'), file('x'))),
  refused('directory-over-file', 'a directory of a file’s name', () => archive(file('x'), directory('x/'))),
  refused('root-is-a-file', 'the root as a link', () => archive(symlink('.', '/tmp'), file('x'))),
  restored('directory-twice', 'a directory twice', () =>
    archive(directory('d/', 0o700), file('d/x'), directory('d/', 0o750)),
  ),
]

const types: readonly HostileArchive[] = [
  refused('block-device', 'the disk', () => archive(raw({ name: 'd', typeflag: '4', device: [254, 0] }))),
  refused('character-device', 'the memory', () => archive(raw({ name: 'd', typeflag: '3', device: [1, 1] }))),
  refused('unknown-type', 'a type that nobody knows', () => archive(raw({ name: 'd', typeflag: 'Z' }))),
  refused('volume-label', 'a GNU volume label', () => archive(raw({ name: 'd', typeflag: 'V' }))),
  refused('multi-volume', 'a piece of a file', () => archive(raw({ name: 'd', typeflag: 'M', data: 'x' }))),
  refused('dump-directory', 'a directory of an incremental backup', () =>
    archive(raw({ name: 'd/', typeflag: 'D', data: 'Yx\0\0' })),
  ),
  refused('old-gnu-sparse', 'an old sparse file', () =>
    archive(raw({ name: 'd', typeflag: 'S', magic: 'ustar  \0' })),
  ),
  refused('solaris-header', 'a Solaris extended header', () =>
    archive(raw({ name: 'd', typeflag: 'X', data: 'x' })),
  ),
  refused('directory-with-data', 'a directory with data', () =>
    archive(raw({ name: 'd/', typeflag: '5', data: file('smuggled') })),
  ),
  refused('symlink-with-data', 'a link with data', () =>
    archive(raw({ name: 's', typeflag: '2', linkName: 'x', data: file('smuggled') })),
  ),
  refused('slash-file', 'a file whose name ends in a slash: to some a directory', () =>
    archive(raw({ name: 'd/', data: 'x' })),
  ),
  refused(
    'slash-in-one-name',
    'a file to who reads the long name, a directory to who reads the short one',
    () => archive(pax({ path: 'x' }), raw({ name: 'd/', typeflag: '\0' })),
  ),
  restored('v7-directory', 'a directory of the oldest tar', () =>
    archive(raw({ name: 'd/', typeflag: '\0', magic: '' }), raw({ name: 'd/x', typeflag: '\0', magic: '' })),
  ),
  restored('fifo', 'a named pipe', () => archive(raw({ name: 'f', typeflag: '6' }))),
  restored('setuid', 'setuid, setgid and sticky bits, the largest owner', () =>
    archive(pax({ uid: '4294967294', gid: '4294967294' }), raw({ name: 'x', data: 'x', mode: 0o7777 })),
  ),
  restored('v7', 'the oldest tar', () => archive(raw({ name: 'x', typeflag: '\0', magic: '', data: 'x' }))),
]

const numbers: readonly HostileArchive[] = [
  refused('owner-minus-one', 'owner 2^32-1, which chown takes for "leave it"', () =>
    archive(pax({ uid: '4294967295' }), file('x')),
  ),
  refused('negative-owner', 'a negative owner', () => archive(pax({ uid: '-1' }), file('x'))),
  refused('negative-size', 'a negative size', () => archive(raw({ name: 'x', size: '\xff'.repeat(12) }))),
  refused('huge-size', 'a size beyond 2^53', () =>
    archive(raw({ name: 'x', size: '\x80\0\0\0\x7f\xff\xff\xff\xff\xff\xff\xff' })),
  ),
  refused('petabyte', 'a file that says it has a petabyte', () =>
    archive(raw({ name: 'x', size: '\x80\0\0\0\0\x04\0\0\0\0\0\0' })),
  ),
  refused('size-not-octal', 'a size with another digit', () =>
    archive(raw({ name: 'x', size: '00000000008\0' })),
  ),
  refused('size-after-nul', 'a size after a NUL', () =>
    archive(raw({ name: 'x', size: '\x000000000010\0' })),
  ),
  refused('no-size', 'a size of spaces', () => archive(raw({ name: 'x', size: ' '.repeat(12) }))),
  refused('size-desync', 'a pax size and another in the header: one program sees two files', () =>
    archive(pax({ size: '0' }), raw({ name: 'x', data: file('smuggled') })),
  ),
  refused('size-desync-zero', 'a pax size and none in the header', () =>
    archive(pax({ size: '1024' }), raw({ name: 'x', size: 0 }), file('smuggled')),
  ),
  refused('size-twice', 'two pax sizes', () =>
    archive(
      raw({ name: 'p', typeflag: 'x', data: record('size', '5') + record('size', '0') }),
      file('x', '12345'),
    ),
  ),
  refused('path-twice', 'two pax paths', () =>
    archive(raw({ name: 'p', typeflag: 'x', data: record('path', 'a') + record('path', 'b') }), file('x')),
  ),
  refused('path-in-two-forms', 'a pax path and a GNU long name', () =>
    archive(gnuLong('L', 'a'), pax({ path: 'b' }), file('x')),
  ),
  refused('two-pax-headers', 'two pax headers for one file', () =>
    archive(pax({ path: 'a' }), pax({ mtime: '1' }), file('x')),
  ),
  refused('pax-length-short', 'a pax record shorter than it is', () =>
    archive(raw({ name: 'p', typeflag: 'x', data: '9 path=a\n\n' }), file('x')),
  ),
  refused('pax-length-long', 'a pax record longer than the header', () =>
    archive(raw({ name: 'p', typeflag: 'x', data: '99 path=a\n' }), file('x')),
  ),
  refused('pax-length-space', 'a pax length with a space before it', () =>
    archive(raw({ name: 'p', typeflag: 'x', data: ' 10 path=a\n' }), file('x')),
  ),
  refused('pax-huge', 'a pax header of 1 GB', () =>
    archive(raw({ name: 'p', typeflag: 'x', size: 2 ** 30 })),
  ),
  refused('pax-empty-path', 'an empty pax path', () => archive(pax({ path: '' }), file('x'))),
  refused('pax-for-nothing', 'a pax header and no entry', () => archive(file('x'), pax({ path: 'a' }))),
  refused('global-path', 'a global header that names every file', () =>
    archive(pax({ path: 'a' }, 'g'), file('x')),
  ),
  restored('global-comment', 'the comment of git archive', () =>
    archive(pax({ comment: 'f00' }, 'g'), file('x')),
  ),
]

const sparse: readonly HostileArchive[] = [
  refused('sparse-0.1', 'an older sparse format', () =>
    archive(
      pax({ 'GNU.sparse.size': '9', 'GNU.sparse.numblocks': '1', 'GNU.sparse.map': '0,1' }),
      file('x', 'x'),
    ),
  ),
  refused('sparse-2.0', 'an unknown sparse format', () =>
    archive(
      pax({
        'GNU.sparse.major': '2',
        'GNU.sparse.minor': '0',
        'GNU.sparse.name': 'x',
        'GNU.sparse.realsize': '9',
      }),
      file('x'),
    ),
  ),
  refused('sparse-disorder', 'pieces out of order', () =>
    archive(sparseFile('x', 9000, [2, 4096, 512, 0, 512], 'x'.repeat(1024))),
  ),
  refused('sparse-overlap', 'pieces that overlap', () =>
    archive(sparseFile('x', 9000, [2, 0, 1024, 512, 512], 'x'.repeat(1536))),
  ),
  refused('sparse-beyond', 'a piece beyond the end', () =>
    archive(sparseFile('x', 100, [1, 0, 512], 'x'.repeat(512))),
  ),
  refused('sparse-short', 'more pieces than data', () => archive(sparseFile('x', 9000, [1, 0, 1024], 'x'))),
  refused('sparse-surplus', 'more data than pieces', () =>
    archive(sparseFile('x', 9000, [1, 0, 512], 'x'.repeat(1024))),
  ),
  refused('sparse-unaligned', 'a piece that ends inside a block', () =>
    archive(sparseFile('x', 9000, [2, 0, 5, 512, 5], 'x'.repeat(10))),
  ),
  refused('sparse-many', 'a million pieces', () => archive(sparseFile('x', 9000, [1_000_000, 0, 1], 'x'))),
  refused('sparse-not-a-number', 'a map that is no map', () =>
    archive(sparseFile('x', 9000, [Number.NaN, 0, 1], 'x')),
  ),
  refused('sparse-no-map', 'a sparse file without data', () =>
    archive(
      pax({
        'GNU.sparse.major': '1',
        'GNU.sparse.minor': '0',
        'GNU.sparse.name': 'x',
        'GNU.sparse.realsize': '9',
      }),
      raw({ name: 'x' }),
    ),
  ),
  restored('sparse-terabyte', 'a terabyte of hole in a few KB', () =>
    archive(sparseFile('x', 2 ** 40, [2, 2 ** 39, 512, 2 ** 40, 0], 'x'.repeat(512))),
  ),
]

const cutBytes = (): Buffer =>
  archive(...Array.from({ length: 20 }, (_, index) => file(`f${index}`, 'x'.repeat(1000))))

const ends: readonly HostileArchive[] = [
  refused('wrong-checksum', 'a header that does not add up', () => archive(raw({ name: 'x', checksum: 1 }))),
  refused('cut-in-file', 'cut in the middle of a file', () => cutBytes().subarray(0, 16_000)),
  refused('cut-between-files', 'cut between two files, which every tar takes for whole', () =>
    cutBytes().subarray(0, 15_360),
  ),
  refused('cut-in-end-mark', 'half an end mark', () => cutBytes().subarray(0, -512)),
  refused('nothing', 'no bytes at all', () => Buffer.alloc(0)),
  refused('concatenated', 'two archives', () => Buffer.concat([archive(file('a')), archive(file('b'))])),
  refused('garbage-after-end', 'garbage after the end', () =>
    Buffer.concat([archive(file('a')), Buffer.from('x')]),
  ),
  refused('lone-zero-block', 'a zero block between two files', () =>
    archive(file('a'), Buffer.alloc(512), file('b')),
  ),
  restored('padded', 'the zeros that GNU tar pads with', () =>
    Buffer.concat([archive(file('a')), Buffer.alloc(8192)]),
  ),
  restored('empty', 'an archive without entries', () => endMark),
]

const compressed: readonly HostileArchive[] = [
  refused('gzip-cut', 'a gzip stream that is cut', () => gzipSync(cutBytes()).subarray(0, -10)),
  refused('gzip-garbage', 'garbage after a gzip stream', () =>
    Buffer.concat([gzipSync(archive(file('a'))), Buffer.from('garbage')]),
  ),
  refused('gzip-twice', 'gzip in gzip', () => gzipSync(gzipSync(archive(file('a'))))),
  refused('zstd-cut', 'a zstd stream that is cut', () => zstdCompressSync(cutBytes()).subarray(0, -3)),
  refused('zstd-garbage', 'garbage after a zstd stream', () =>
    Buffer.concat([zstdCompressSync(archive(file('a'))), Buffer.from('garbage')]),
  ),
  refused('zstd-cut-between-frames', 'frames, the last of which are missing', () =>
    zstdCompressSync(cutBytes().subarray(0, 15_360)),
  ),
  refused('zstd-window', 'a window of 2 GiB', () => Buffer.from('28b52ffd00a8010000', 'hex')),
  refused('xz', 'an xz stream', () => Buffer.from('fd377a585a000004e6d6b446', 'hex')),
  refused('bzip2', 'a bzip2 stream', () => Buffer.from('BZh91AY&SY')),
  refused('zip', 'a zip', () => Buffer.from('PK\x03\x04\x14\0\0\0\0\0')),
  refused('cpio', 'a cpio archive', () => Buffer.from('070701'.padEnd(512, '0'))),
  restored('gzip', 'the classic recipe', () => gzipSync(archive(directory('data/'), file('data/x')))),
  restored('zstd-frames', 'many zstd frames', () => {
    const bytes = cutBytes()
    return Buffer.concat([zstdCompressSync(bytes.subarray(0, 9000)), zstdCompressSync(bytes.subarray(9000))])
  }),
]

/** Every class of hostile archive that we know (and some that only look so), for the unit tests and the engine's. */
export const hostileArchives: readonly HostileArchive[] = [
  ...names,
  ...links,
  ...duplicates,
  ...types,
  ...numbers,
  ...sparse,
  ...ends,
  ...compressed,
]
