import { expect, test } from 'vitest'
import { archive, directory, file, gnuLong, hardLink, pax, raw, sparseFile } from '../../test/archives/raw.ts'
import { type TarEntry, tarParser, type TarPlace } from './parse.ts'

type Seen = { readonly entry: TarEntry; readonly place: TarPlace; data: string }

function parse(bytes: Uint8Array, step = bytes.length): { seen: Seen[]; end: number | undefined } {
  const seen: Seen[] = []
  let end: number | undefined
  const parser = tarParser({
    entry: (entry, place) => void seen.push({ entry, place, data: '' }),
    data(chunk) {
      const last = seen.at(-1)
      if (last !== undefined) {
        last.data += Buffer.from(chunk).toString('latin1')
      }
    },
    end: (offset) => (end = offset),
  })
  for (let at = 0; at < bytes.length; at += step) {
    parser.push(bytes.subarray(at, at + step))
  }
  parser.finish()
  return { seen, end }
}

const only = (bytes: Buffer): TarEntry | undefined => parse(bytes).seen[0]?.entry

test('entries, their data and their places are told in order', () => {
  const bytes = archive(
    directory('./'),
    pax({ path: './long' }),
    file('short', 'data'),
    hardLink('./hard', './long'),
  )
  const { seen, end } = parse(bytes)
  expect(seen.map(({ entry, place, data }) => [entry.path, entry.type, place, data])).toEqual([
    ['./', 'directory', { start: 0, dataStart: 512, end: 512 }, ''],
    ['./long', 'file', { start: 512, dataStart: 2048, end: 2560 }, 'data'],
    ['./hard', 'hardlink', { start: 2560, dataStart: 3072, end: 3072 }, ''],
  ])
  expect(end).toBe(3072)
})

test('chunks may end anywhere', () => {
  const bytes = archive(
    file('a', 'x'.repeat(1500)),
    pax({ path: 'p'.repeat(3000), mtime: '1.5' }),
    file('b', 'y'.repeat(512)),
    gnuLong('L', 'l'.repeat(600)),
    raw({ name: 'c', magic: 'ustar  \0' }),
    sparseFile('s', 5000, [1, 0, 512], 'z'.repeat(512)),
  )
  const whole = parse(bytes)
  for (const step of [1, 7, 511, 513, 1000]) {
    expect(parse(bytes, step)).toEqual(whole)
  }
})

test('chunks may be views of shared memory', () => {
  const bytes = archive(pax({ path: 'named' }), file('a', 'data'))
  const shared = new Uint8Array(new SharedArrayBuffer(bytes.length + 3), 3)
  shared.set(bytes)
  expect(parse(shared)).toEqual(parse(bytes))
})

test('pax records override the header exactly', () => {
  const records = {
    mtime: '-1.500000001',
    uid: '4294967294',
    gid: '3000000',
    'SCHILY.xattr.user.a': 'nul\0\n=x',
  }
  const entry = only(archive(pax(records), file('a')))
  expect(entry).toMatchObject({ modified: -1_500_000_001n, uid: 4294967294, gid: 3000000 })
  expect(entry?.pax.get('SCHILY.xattr.user.a')).toBe('nul\0\n=x')
})

test.each([
  ['1700000000', 1_700_000_000_000_000_000n],
  ['1.5', 1_500_000_000n],
  ['1.123456789', 1_123_456_789n],
  ['1.1234567899', 1_123_456_789n],
  ['-0.0000000001', -1n],
  ['-1', -1_000_000_000n],
  ['0.', 0n],
])('mtime %s is %s ns', (text, nanoseconds) => {
  expect(only(archive(pax({ mtime: text }), file('a')))?.modified).toBe(nanoseconds)
})

test('a sparse file has its real name and size, and the size of what is stored', () => {
  const entry = only(archive(sparseFile('real', 2 ** 40, [1, 0, 3], 'abc')))
  expect(entry).toMatchObject({ path: 'real', size: 2 ** 40, storedSize: 515, sparse: true })
})

test('names stay bytes', () => {
  expect(only(archive(file('\xff\xfe\n')))?.path).toBe('\xff\xfe\n')
  expect(only(archive(raw({ name: 'x', prefix: 'p/q' })))?.path).toBe('p/q/x')
  expect(only(archive(gnuLong('L', 'l'.repeat(300)), file('x')))?.path).toBe('l'.repeat(300))
})

test('sizes beyond eleven octal digits are read in base-256 and from pax', () => {
  const size = 2 ** 40
  const field = `\x80${'\0'.repeat(5)}\x01${'\0'.repeat(5)}`
  const parser = tarParser({ entry: (entry) => expect(entry.size).toBe(size) })
  parser.push(raw({ name: 'x', size: field }))
  const other = tarParser({ entry: (entry) => expect(entry.size).toBe(size) })
  other.push(Buffer.concat([pax({ size: String(size) }), raw({ name: 'x', size: 0 })]))
  expect.assertions(2)
})

test('ten attributes of 64 KiB fit, and no more than the limit is held', () => {
  const attributes = Object.fromEntries(
    Array.from({ length: 10 }, (_, index) => [`SCHILY.xattr.user.${index}`, 'v'.repeat(65536)]),
  )
  expect(only(archive(pax(attributes), file('a')))?.pax.size).toBe(10)
  expect(() => only(archive(pax({ comment: 'c'.repeat(2 ** 20) }), file('a')))).toThrow(
    /more than 1048576 bytes/,
  )
  const parser = tarParser({ entry() {} }, { extendedHeaderLimit: 1000 })
  expect(() => parser.push(pax({ comment: 'c'.repeat(1000) }))).toThrow(/more than 1000 bytes/)
})

test('what follows the end mark is given out unchecked to who asks for it', () => {
  const rest: Buffer[] = []
  const parser = tarParser({ entry() {}, trailer: (chunk) => void rest.push(Buffer.from(chunk)) })
  const bytes = Buffer.concat([archive(file('a')), Buffer.from('zeros\0\0and more')])
  for (let at = 0; at < bytes.length; at += 100) {
    parser.push(bytes.subarray(at, at + 100))
  }
  parser.finish()
  expect(parser.ended).toBe(true)
  expect(Buffer.concat(rest).toString()).toBe('zeros\0\0and more')
})

test('a refusal names the entry, escaped, and is repeated by every later call', () => {
  const parser = tarParser({ entry() {} })
  const refusal = {
    code: 'ARCHIVE_REFUSED',
    message: 'Archive entry "\\x1b[2J" at byte 0: unknown type "Z".',
  }
  expect(() => parser.push(archive(raw({ name: '\x1b[2J', typeflag: 'Z' })))).toThrow(
    expect.objectContaining(refusal),
  )
  expect(() => parser.push(Buffer.alloc(1))).toThrow(expect.objectContaining(refusal))
  expect(() => parser.finish()).toThrow(expect.objectContaining(refusal))
})

test('data that nobody wants is skipped without being touched', () => {
  const size = 2 ** 33 - 1
  const chunk = Buffer.alloc(4 * 1024 * 1024)
  const parser = tarParser({ entry() {} })
  parser.push(raw({ name: 'big', size }))
  const started = performance.now()
  for (let left = size + 1; left > 0; left -= chunk.length) {
    parser.push(chunk)
  }
  expect(performance.now() - started).toBeLessThan(500)
  parser.push(archive(file('after')))
  parser.finish()
})

test('a hundred thousand small files take less than a few seconds on a slow machine', () => {
  const one = Buffer.concat([
    pax({ mtime: '1700000000.123456789', atime: '1', ctime: '2' }),
    file('small', 'data'),
  ])
  const thousand = Buffer.concat(Array.from({ length: 1000 }, () => one))
  let entries = 0
  const parser = tarParser({ entry: () => void (entries += 1) })
  const started = performance.now()
  for (let round = 0; round < 100; round += 1) {
    parser.push(thousand)
  }
  expect(performance.now() - started).toBeLessThan(3000)
  expect(entries).toBe(100_000)
})
