import { mkdir, mkdtemp, rm, symlink, writeFile, link } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { execa } from 'execa'
import * as fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import type { Span } from '../frames/frame-plan.ts'
import type { FileRecord } from '../snapshots/format.ts'
import { planLayers, type LayerPlan } from '../snapshots/layers.ts'
import { tarParser } from '../tar/parse.ts'
import { archiveScript, stagingName } from './archive-script.ts'
import { archiveStream, type ArchiveEnd } from './archive-stream.ts'
import { walkReader, type Walk } from './walk.ts'

/** What this machine's own find and tar say of a tree: the walk, and all that follows it. */
let walk: Walk
let plan: LayerPlan
let stream: Buffer

const endOfWalk = Buffer.from('walked 0\0\0\0')

function readWalk(bytes: Buffer): Walk {
  const reader = walkReader((what) => what === 'walked 0')
  reader.push(bytes)
  return reader.finish()
}

async function archive(folder: string, names: Buffer): Promise<{ walk: Walk; stream: Buffer }> {
  const { stdout } = await execa('sh', ['-c', archiveScript, 'sh', folder, stagingName], {
    input: names,
    encoding: 'buffer',
    env: { LC_ALL: 'C' },
    reject: false,
  })
  const bytes = Buffer.from(stdout)
  const begin = bytes.indexOf(endOfWalk) + endOfWalk.length
  return { walk: readWalk(bytes.subarray(0, begin)), stream: bytes.subarray(begin) }
}

const namesOf = (of: Walk, order: Iterable<number>) =>
  Buffer.from(
    [...order].map((index) => (of.path(index) === '' ? '.\0' : `./${of.path(index)}\0`)).join(''),
    'latin1',
  )

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'docker-vol-stream-'))
  await mkdir(path.join(folder, 'dir', 'below'), { recursive: true })
  await writeFile(path.join(folder, 'dir', 'file'), 'x'.repeat(1000))
  await writeFile(path.join(folder, 'dir', 'below', 'y'.repeat(200)), '')
  await link(path.join(folder, 'dir', 'file'), path.join(folder, 'other-name'))
  await symlink('dir/file', path.join(folder, 'link'))
  await writeFile(path.join(folder, 'zlarge'), Buffer.alloc(33 * 1024 * 1024, 'z'))
  await execa(
    'sh',
    ['-c', 'truncate -s 50M sparse && printf end >>sparse && printf "" >"$(printf "\\377")"'],
    {
      cwd: folder,
    },
  )
  const first = await archive(folder, Buffer.from(''))
  plan = planLayers(first.walk)
  const archived = await archive(folder, namesOf(first.walk, plan.order))
  walk = archived.walk
  stream = archived.stream
  return () => rm(folder, { recursive: true, force: true })
})

type Followed = {
  readonly layers: Map<number, Buffer[]>
  readonly records: FileRecord[]
  readonly end: ArchiveEnd
}

/** Follows a stream in blocks of these sizes, in turn, and collects what belongs to each layer. */
function follow(bytes: Buffer, sizes: readonly number[], asked = plan, seen = walk): Followed {
  const records: FileRecord[] = []
  const follower = archiveStream(seen, asked, (record) => records.push(record))
  const layers = new Map<number, Buffer[]>()
  let decided = 0
  for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
    const size = Math.min(sizes[turn % sizes.length] ?? 1, bytes.length - at)
    // A copy: what is read into again must not be remembered.
    const block = Buffer.from(bytes.subarray(at, at + size))
    const look = follower.look(block)
    block.fill(0xee)
    at += size
    for (const { layer, from, to } of look.spans) {
      expect(from).toBeGreaterThanOrEqual(decided)
      expect(to).toBeLessThanOrEqual(at)
      layers.set(layer, [...(layers.get(layer) ?? []), bytes.subarray(from, to)])
    }
    expect(look.decided).toBeGreaterThanOrEqual(Math.max(decided, ...look.spans.map((span: Span) => span.to)))
    decided = look.decided
  }
  return { layers, records, end: follower.finish() }
}

function pathsIn(layer: readonly Buffer[]): readonly string[] {
  const paths: string[] = []
  const parser = tarParser({
    entry: ({ path: name }) => void paths.push(name.replace(/^\.\/?/, '').replace(/\/$/, '')),
  })
  parser.push(Buffer.concat([...layer, Buffer.alloc(1024)]))
  parser.finish()
  return paths
}

const mebibyte = 1024 * 1024

describe('a volume’s archive', () => {
  test('is cut into layers that are whole tars of just the files that were planned, in their order', () => {
    const { layers, records, end } = follow(stream, [4 * mebibyte])
    expect(end).toEqual({ tarExit: 0, differences: [], missing: [], mismatched: [] })
    const planned = Array.from(plan.order, (index) => walk.path(index))
    expect([...layers.keys()]).toEqual([0, 1, 2, 3, 4])
    expect([...layers.values()].flatMap(pathsIn)).toEqual(planned)
    expect(records.map((record) => (record.path === '.' ? '' : record.path))).toEqual(planned)
    expect(records.find((record) => record.path === 'other-name')).toMatchObject({
      type: 'hardlink',
      target: 'dir/file',
      layer: 0,
    })
    expect(records.find((record) => record.path === 'sparse')).toMatchObject({ size: 50 * mebibyte + 3 })
  })

  test('says of each file where in its layer it lies', () => {
    const { layers, records } = follow(stream, [mebibyte])
    for (const { path: name, layer, offset, length } of records) {
      const bytes = Buffer.concat(layers.get(layer) ?? []).subarray(offset, offset + length)
      expect(pathsIn([bytes])).toEqual([name === '.' ? '' : name])
    }
  })

  test('is the same in whatever blocks it comes', () => {
    const whole = follow(stream, [stream.length])
    const expected = [...whole.layers].map(([layer, parts]) => [layer, Buffer.concat(parts)] as const)
    // Small steps where the headers are, larger ones over the data.
    const sizes = fc.array(
      fc.oneof(fc.integer({ min: 1, max: 2000 }), fc.integer({ min: mebibyte, max: 5 * mebibyte })),
      {
        minLength: 1,
        maxLength: 30,
      },
    )
    fc.assert(
      fc.property(sizes, (steps) => {
        const found = follow(stream, [...steps, mebibyte])
        expect(found.records).toEqual(whole.records)
        expect(found.end).toEqual(whole.end)
        for (const [layer, bytes] of expected)
          expect(Buffer.concat(found.layers.get(layer) ?? []).equals(bytes)).toBe(true)
      }),
      { numRuns: 15 },
    )
  })

  test('that is cut anywhere is a failure', () => {
    const interesting = [
      0,
      1,
      511,
      512,
      1000,
      33 * mebibyte,
      stream.length - 1,
      stream.length - 2,
      stream.length - 300,
    ]
    const trailer = stream.indexOf('archived 0')
    for (const length of [...interesting, trailer, trailer + 5, trailer + 13, trailer + 20])
      expect(() => follow(stream.subarray(0, length), [mebibyte]), `${length} bytes`).toThrow()
  })

  test('tells what is missing of it', async () => {
    const lacking = await archive(
      folder,
      namesOf(
        walk,
        plan.order.filter((index) => walk.path(index) !== 'link'),
      ),
    )
    expect(follow(lacking.stream, [mebibyte], plan, lacking.walk).end.missing).toEqual(['link'])
    const none = await archive(folder, Buffer.from(''))
    expect(follow(none.stream, [mebibyte], plan, none.walk).end.missing).toHaveLength(plan.order.length)
  })

  test('is refused when it holds what was not asked for', () => {
    const order = plan.order.filter((index) => walk.path(index) !== 'link')
    const layerOf = order.map(() => 0)
    expect(() => follow(stream, [mebibyte], { ...plan, order, layerOf })).toThrow(
      '"link", which was not asked for',
    )
  })

  test('names files that changed after the first look, and those that came and went', async () => {
    await writeFile(path.join(folder, 'link-target'), 'new')
    await writeFile(path.join(folder, 'zlarge'), 'shorter')
    const later = await archive(folder, namesOf(walk, plan.order))
    const { end } = follow(later.stream, [mebibyte])
    expect(end.mismatched).toEqual(expect.arrayContaining(['zlarge', '']))
    expect(end.differences).toEqual(
      expect.arrayContaining([
        { path: 'link-target', what: 'appeared' },
        { path: 'zlarge', what: 'changed' },
      ]),
    )
  })

  test('ends with tar’s own word on how it went', async () => {
    const bad = await archive(folder, Buffer.concat([namesOf(walk, plan.order), Buffer.from('./none\0')]))
    expect(follow(bad.stream, [mebibyte]).end.tarExit).toBe(2)
  })
})
