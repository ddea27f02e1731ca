import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { manifestCheck, segmentsOf } from './backup-manifest.ts'

const segment = 16 * 1024 ** 2
const expected = { systemIdentifier: '7711331131491479592', walSegmentBytes: segment }

type Listed = readonly (readonly [path: string, size: number])[]

const files: Listed = [
  ['backup_label', 227],
  ['PG_VERSION', 3],
  ['base/5/1259', 98_304],
  ['base/5/empty', 0],
]

/** A manifest as Postgres 17 writes it. */
function manifestOf(
  listed: Listed,
  { ranges = [['0/110000D8', '0/110001D0']], system = expected.systemIdentifier, version = 2 } = {},
): string {
  const lines = listed.map(
    ([path, size]) =>
      `{ "Path": "${path}", "Size": ${size}, "Last-Modified": "2026-11-23 11:43:10 GMT", "Checksum-Algorithm": "CRC32C", "Checksum": "536f950b" }`,
  )
  const wal = ranges.map(([from, to]) => `{ "Timeline": 1, "Start-LSN": "${from}", "End-LSN": "${to}" }`)
  const head = `{ "PostgreSQL-Backup-Manifest-Version": ${version},\n${version > 1 ? `"System-Identifier": ${system},\n` : ''}`
  const text = `${head}"Files": [\n${lines.join(',\n')}\n],\n"WAL-Ranges": [\n${wal.length > 0 ? `${wal.join(',\n')}\n` : ''}],\n`
  const checksum = createHash('sha256').update(text).digest('hex')
  return `${text}"Manifest-Checksum": "${checksum}"}\n`
}

/** What is wrong with a backup of these files and segments, its manifest in small pieces. */
function problemOf(
  manifest: string,
  arrived: Listed = files,
  segments: Listed = [['pg_wal/000000010000000000000011', segment]],
): string | undefined {
  const check = manifestCheck()
  for (const [path, size] of [...arrived, ...segments]) check.file(path, size)
  for (let at = 0; at < manifest.length; at += 97) check.manifest(Buffer.from(manifest.slice(at, at + 97)))
  return check.finish(expected)
}

describe('a base backup', () => {
  test('is whole when all that its manifest lists arrived, and the WAL', () => {
    expect(problemOf(manifestOf(files))).toBeUndefined()
  })

  test('of a Postgres before 17 does not say of which cluster it is', () => {
    expect(problemOf(manifestOf(files, { version: 1 }))).toBeUndefined()
  })

  test.each<[string, string, Listed?, Listed?]>([
    ['the file "PG_VERSION" is missing', manifestOf(files), files.filter(([path]) => path !== 'PG_VERSION')],
    [
      'the file "base/5/1259" has 98303 bytes instead of 98304',
      manifestOf(files),
      files.map(([path, size]) => [path, path.endsWith('1259') ? size - 1 : size]),
    ],
    ['the file "surplus" is not in its manifest', manifestOf(files), [...files, ['surplus', 0]]],
    ['the WAL segment 000000010000000000000011 is missing or cut', manifestOf(files), files, []],
    [
      'the WAL segment 000000010000000000000011 is missing or cut',
      manifestOf(files),
      files,
      [['pg_wal/000000010000000000000011', segment - 8192]],
    ],
    [
      'the WAL segment 000000010000000000000012 is missing or cut',
      manifestOf(files, { ranges: [['0/110000D8', '0/12000001']] }),
    ],
    ['its manifest is of another cluster', manifestOf(files, { system: '1' })],
    ['its manifest is empty', manifestOf(files, { ranges: [] })],
    ['its manifest is missing, cut, or not what its own checksum says', ''],
    ['its manifest is missing, cut, or not what its own checksum says', manifestOf(files).slice(0, -70)],
    [
      'its manifest is missing, cut, or not what its own checksum says',
      manifestOf(files).replace('"Checksum": "536f950b"', '"Checksum": "536f950c"'),
    ],
    ['the manifest cannot be read: something follows its checksum', `${manifestOf(files)}more\n`],
  ])('is refused where %s', (problem, manifest, arrived = files, segments) => {
    expect(problemOf(manifest, arrived, segments)).toBe(problem)
  })

  test.each(['{ "Path": 7, "Size": 1 }', '{ "Path": "x", "Size": -1 }', '{}', '[', 'x'.repeat(70_000)])(
    'is refused where a line of its manifest is %.20s',
    (line) => {
      const broken = manifestOf(files).replace('"Files": [\n', `"Files": [\n${line},\n`)
      expect(problemOf(broken)).toMatch(/cannot be read|not what its own checksum says/)
    },
  )

  test('may have names that are not UTF-8', () => {
    const odd = Buffer.from([0x66, 0xff]).toString('hex')
    const manifest = manifestOf(files).replace('"Path": "PG_VERSION"', `"Encoded-Path": "${odd}"`)
    const arrived = files.map(([path, size]) => [path === 'PG_VERSION' ? 'f\xff' : path, size] as const)
    // The checksum is not recalculated: what matters is that the file is not missed first.
    expect(problemOf(manifest, arrived)).toMatch(/not what its own checksum says/)
  })
})

test('segments are named by their timeline and number', () => {
  const range = { timeline: 3, from: 0xfff000000n, to: 0x1002000000n }
  expect(segmentsOf(range, segment)).toEqual([
    '000000030000000F000000FF',
    '000000030000001000000000',
    '000000030000001000000001',
  ])
  expect(segmentsOf({ timeline: 1, from: 5n, to: 5n }, 64 * 1024 ** 2)).toEqual(['000000010000000000000000'])
})
