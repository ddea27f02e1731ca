import { mkdir, mkdtemp, rm, symlink, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { execa } from 'execa'
import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { FileRecord } from '../snapshots/format.ts'
import { tarRecord } from '../snapshots/tar-record.ts'
import { endOfArchive } from '../tar/write.ts'
import { tarParser, type TarEntry } from '../tar/parse.ts'
import { graftedStream, type Graft } from './grafted-stream.ts'

const mebibyte = 1024 ** 2
let folder = ''
let archive: Buffer<ArrayBuffer>
let outside: readonly TarEntry[]

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'docker-vol-graft-'))
  const volume = path.join(folder, 'volume')
  const data = path.join(volume, '18', 'docker')
  await mkdir(path.join(data, 'base', 'deep', 'er'), { recursive: true })
  await mkdir(path.join(data, 'empty'))
  await mkdir(path.join(volume, 'lost+found'), { mode: 0o700 })
  await writeFile(path.join(data, 'PG_VERSION'), '18\n', { mode: 0o600 })
  await writeFile(path.join(data, 'nothing'), '')
  await writeFile(path.join(data, `long-${'x'.repeat(90)}`), 'a name that fills a header')
  for (let index = 0; index < 40; index += 1)
    await writeFile(path.join(data, 'base', `${index}`), Buffer.alloc(index * 50_000 + 7, index))
  await writeFile(path.join(data, 'base', 'large'), Buffer.alloc(33 * mebibyte + 1, 'z'))
  await symlink('/elsewhere', path.join(data, 'base', 'deep', 'link'))
  for (const name of ['', '18', '18/docker', '18/docker/base', '18/docker/empty', 'lost+found'])
    await utimes(path.join(volume, name), 1_500_000_000, 1_500_000_000)
  archive = await tarOf(data, '--format=ustar', '.')
  outside = await entriesOf(
    await tarOf(volume, '--format=posix', '--no-recursion', '.', '18', 'lost+found', '18/docker'),
  )
})
afterAll(() => rm(folder, { recursive: true, force: true }))

async function tarOf(directory: string, ...args: readonly string[]): Promise<Buffer<ArrayBuffer>> {
  const tar = ['--create', '--numeric-owner', '--directory', directory, ...args]
  const { stdout } = await execa('tar', tar, { encoding: 'buffer', maxBuffer: 1024 ** 3 })
  return Buffer.from(stdout)
}

async function entriesOf(bytes: Uint8Array): Promise<TarEntry[]> {
  const entries: TarEntry[] = []
  const parser = tarParser({ entry: (entry) => void entries.push(entry) })
  parser.push(bytes)
  parser.finish()
  return entries
}

type Grafted = { readonly layers: readonly Buffer[]; readonly records: readonly FileRecord[] }

/** Puts the layers together as the threads would, from a stream that arrives in pieces of any size. */
function graft(stream: Buffer<ArrayBuffer>, sizes: readonly number[], more: Partial<Graft> = {}): Grafted {
  const records: FileRecord[] = []
  const layers: Buffer[][] = []
  let last = -1
  const grafted = graftedStream({
    path: '18/docker',
    directories: outside,
    record: (record) => void records.push(record),
    ...more,
  })
  for (let at = 0, piece = 0; at < stream.length; piece += 1) {
    const end = Math.min(stream.length, at + (sizes[piece % sizes.length] ?? 1))
    const { spans, decided } = grafted.look(stream.subarray(at, end))
    for (const span of spans) {
      expect(span.layer).toBeGreaterThanOrEqual(last)
      last = span.layer
      const bytes = 'bytes' in span ? Buffer.from(span.bytes) : stream.subarray(span.from, span.to)
      // What a span names is here already, and in no block before this one.
      if (!('bytes' in span)) expect([span.from >= at, span.to <= end]).toEqual([true, true])
      ;(layers[span.layer] ??= []).push(bytes)
    }
    expect(decided).toBe(end)
    at = end
  }
  grafted.finish()
  return { layers: layers.map((pieces) => Buffer.concat([...pieces, endOfArchive])), records }
}

describe('a tar of a directory, grafted onto a volume', () => {
  test('unpacks to the volume as it was, whatever pieces it came in', async () => {
    const { layers } = graft(archive, [100_000, 7, mebibyte])
    const restored = path.join(folder, 'restored')
    await mkdir(restored)
    const unpack = ['--extract', '--preserve-permissions', '--ignore-zeros', '--directory', restored]
    await execa('tar', unpack, { input: Buffer.concat(layers) })
    const listing = ['.', '-printf', '%P %y %m %U %G %T@ %s %l\\n']
    const [was, is] = await Promise.all(
      ['volume', 'restored'].map(async (name) => {
        const { stdout } = await execa('find', listing, { cwd: path.join(folder, name) })
        // The size of a directory is the file system's own affair.
        return stdout.split('\n').map((line) => line.replace(/(?<= d .*) \d+ $/, ''))
      }),
    )
    expect(is?.toSorted()).toEqual(was?.toSorted().map(withoutFraction))
    await execa('diff', ['-r', '--no-dereference', path.join(folder, 'volume'), restored])
  })

  test('is recorded as its layers hold it, and every layer is whole', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.integer({ min: 50_000, max: 400_000 }), fc.constant(mebibyte)), {
          minLength: 1,
          maxLength: 4,
        }),
        (sizes) => {
          const { layers, records } = graft(archive, sizes)
          const found = layers.flatMap((bytes, layer) => {
            const inLayer: FileRecord[] = []
            const parser = tarParser({
              entry: (entry, { start, end }) =>
                void inLayer.push(tarRecord(entry, { layer, offset: start, length: end - start })),
            })
            parser.push(bytes)
            parser.finish()
            return inLayer
          })
          expect(found).toEqual(records)
        },
      ),
      { numRuns: 10 },
    )
  })

  test('has a large file alone, and directories last', () => {
    const { records } = graft(archive, [mebibyte])
    const large = records.find(({ path: name }) => name === '18/docker/base/large')
    expect(records.filter(({ layer }) => layer === large?.layer)).toHaveLength(1)
    const last = records.at(-1)?.layer
    expect(records.filter(({ type }) => type === 'directory').every(({ layer }) => layer === last)).toBe(true)
    expect(records.filter(({ layer }) => layer === last).map(({ path: name }) => name)).toEqual([
      '.',
      '18',
      '18/docker',
      '18/docker/base',
      '18/docker/base/deep',
      '18/docker/base/deep/er',
      '18/docker/empty',
      'lost+found',
    ])
  })

  test('of the root of a volume keeps the root as it is in the volume', () => {
    const { records } = graft(archive, [mebibyte], { path: '.', directories: outside.slice(0, 1) })
    expect(records.find(({ path: name }) => name === '.')?.modified).toBe(1_500_000_000n * 1_000_000_000n)
    expect(records.map(({ path: name }) => name)).toContain('base/large')
  })

  test('is refused when it is cut anywhere', () => {
    for (const cut of [0, 511, 512, 10_000, archive.length - 20_000])
      expect(() => graft(Buffer.from(archive.subarray(0, cut)), [mebibyte])).toThrow(/cut/)
  })

  test('shows every entry, which can be changed, and its data', () => {
    let version = ''
    let current = ''
    const { records } = graft(archive, [mebibyte], {
      entry(entry) {
        current = entry.path
        return { ...entry, uid: 70 }
      },
      data(chunk) {
        if (current === 'PG_VERSION') version += Buffer.from(chunk).toString()
      },
    })
    expect(version).toBe('18\n')
    expect(records.find(({ path: name }) => name === '18/docker/PG_VERSION')?.uid).toBe(70)
  })
})

/** The archive of the directory has whole seconds. */
function withoutFraction(line: string): string {
  return line.includes('lost+found') ? line : line.replace(/\.\d{10}(?= |$)/, '.0000000000')
}
