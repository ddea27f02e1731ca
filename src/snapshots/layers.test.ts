import { describe, expect, test } from 'vitest'
import { exampleWalk, type ExampleFile } from '../volumes/examples.ts'
import { planLayers } from './layers.ts'

const mebibyte = 1024 * 1024

/** The paths of each layer. */
function layersOf(files: readonly ExampleFile[]): readonly (readonly string[])[] {
  const walk = exampleWalk(files)
  const { order, layerOf } = planLayers(walk)
  const layers: string[][] = []
  for (const [place, index] of order.entries())
    (layers[layerOf[place] ?? -1] ??= []).push(walk.path(index) || '.')
  return layers
}

test('an empty volume has one layer, of its root', () => {
  expect(layersOf([])).toEqual([['.']])
})

test('directories come last, the ones above first, when nothing is added to them any more', () => {
  const files = [
    { path: 'b', type: 'd' },
    { path: 'a', type: 'd' },
    { path: 'a/x' },
    { path: 'a/deep', type: 'd' },
  ]
  expect(layersOf(files)).toEqual([['a/x'], ['.', 'a', 'a/deep', 'b']])
})

test('a large file has a layer of its own, and those around it do not share one across it', () => {
  const files = [{ path: 'a' }, { path: 'b', size: 32 * mebibyte }, { path: 'c' }]
  expect(layersOf(files)).toEqual([['a'], ['b'], ['c'], ['.']])
})

test('all names of one inode are in one layer, the first first, however far apart', () => {
  const files = [
    { path: 'a', inode: 1, links: 3, size: 33 * mebibyte },
    { path: 'b' },
    { path: 'c', inode: 1, links: 3, size: 33 * mebibyte },
    { path: 'd', inode: 1, device: 2, links: 2 },
  ]
  const layers = layersOf(files)
  expect(layers[0]).toEqual(['a', 'c'])
  expect(layers.flat().toSorted()).toEqual(['.', 'a', 'b', 'c', 'd'])
})

test('bytes are counted once an inode, sockets are kept apart, fifos are not', () => {
  const walk = exampleWalk([
    { path: 'a', inode: 1, links: 2, size: 10 },
    { path: 'b', inode: 1, links: 2, size: 10 },
    { path: 'dir', type: 'd', size: 4096 },
    { path: 'fifo', type: 'p' },
    { path: 'socket', type: 's' },
  ])
  const plan = planLayers(walk)
  expect(plan.bytes).toBe(10)
  expect(plan.sockets.map((index) => walk.path(index))).toEqual(['socket'])
  expect(Array.from(plan.order, (index) => walk.path(index))).toEqual(['a', 'b', 'fifo', '', 'dir'])
})

const names = (layers: readonly (readonly string[])[]) => layers.map((layer) => layer.join('\n'))

describe('layers of many files', () => {
  const many = Array.from({ length: 3000 }, (_, number): ExampleFile => ({
    path: `data/${String(number).padStart(5, '0')}`,
    inode: number + 1000,
    size: 200_000,
  }))

  test('are of some tens of MiB, and hold every file once', () => {
    const layers = layersOf(many)
    for (const layer of layers.slice(0, -1)) expect(layer.length * 200_000).toBeLessThanOrEqual(64 * mebibyte)
    for (const layer of layers.slice(0, -2)) expect(layer.length * 200_000).toBeGreaterThan(15 * mebibyte)
    expect(layers.flat().toSorted()).toEqual(['.', ...many.map(({ path }) => path)].toSorted())
  })

  test('stay as they are when a file comes or goes, but for those around it', () => {
    const before = names(layersOf(many))
    for (const after of [
      many.filter((_, number) => number !== 1500),
      [...many, { path: 'data/01500-and-a-half', size: 200_000 }],
    ]) {
      const kept = names(layersOf(after)).filter((layer) => before.includes(layer))
      expect(before.length - kept.length).toBeLessThanOrEqual(3)
      expect(kept.length).toBeGreaterThan(before.length / 2)
    }
  })
})
