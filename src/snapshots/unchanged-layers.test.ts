import { describe, expect, test } from 'vitest'
import type { Walk, WalkEntry } from '../volumes/walk.ts'
import { planLayers } from './layers.ts'
import { pathLister } from './path-list.ts'
import { unchangedLayers, withoutLayers, type Earlier } from './unchanged-layers.ts'

const large = 40 * 1024 ** 2
const settled = 1000n

type Row = Partial<WalkEntry> & { readonly path: string }

function walkOf(rows: readonly Row[]): Walk {
  const entries = rows
    .map((row, index): WalkEntry => ({
      type: 'f',
      inode: index + 1,
      links: 1,
      size: large,
      modified: 5n,
      changed: 10n,
      mode: 0o644,
      uid: 0,
      gid: 0,
      device: 1,
      target: '',
      ...row,
    }))
    .toSorted((a, b) => (a.path < b.path ? -1 : 1))
  const find = (path: string) => {
    const index = entries.findIndex((entry) => entry.path === path)
    return index === -1 ? undefined : index
  }
  const entry = (index: number) => {
    const found = entries[index]
    if (found === undefined) throw new Error('no such entry')
    return found
  }
  return { length: entries.length, path: (index) => entry(index).path, entry, find }
}

const root: Row = { path: '', type: 'd', size: 0, inode: 100 }
const before: readonly Row[] = [
  root,
  { path: 'a', inode: 1 },
  { path: 'b', inode: 2 },
  { path: 'c', inode: 3 },
]

/** Everything was copied, as it was then. */
function earlier(rows: readonly Row[]): Earlier {
  const walk = walkOf(rows)
  const plan = planLayers(walk)
  const listers = new Map<number, ReturnType<typeof pathLister>>()
  for (const [at, index] of plan.order.entries()) {
    const layer = plan.layerOf[at] ?? 0
    const lister = listers.get(layer) ?? pathLister()
    listers.set(layer, lister)
    lister.add(walk.path(index))
  }
  return { walk, layers: [...listers.values()].map((lister) => lister.finish()), settled }
}

function reuse(now: readonly Row[], then: readonly Row[] = before) {
  const walk = walkOf(now)
  const plan = planLayers(walk)
  const reused = unchangedLayers(walk, plan, earlier(then))
  const left = withoutLayers(walk, plan, reused)
  return { reused, copied: [...left.order].map((index) => walk.path(index)), bytes: left.bytes }
}

const changed = (path: string, change: Partial<WalkEntry>): readonly Row[] =>
  before.map((row) => (row.path === path ? { ...row, ...change } : row))

describe('what was copied while the volume was in use', () => {
  test('is of use when nothing changed', () => {
    expect(reuse(before)).toEqual({ reused: [0, 1, 2, 3], copied: [], bytes: 0 })
  })

  test.each([
    ['was written', { changed: 2000n }],
    ['was changed when the copy began, or just before', { changed: settled }],
    ['is another file of the same name', { inode: 9 }],
    ['has another size', { size: large + 1 }],
    ['has another time', { modified: 6n }],
    ['was changed before, but otherwise than it was then', { changed: 11n }],
    ['has another name as well', { links: 2 }],
    ['lies on another device', { device: 2 }],
  ])('is copied again of a file that %s, and of no other', (_, change) => {
    const { reused, copied } = reuse(changed('b', change))
    expect(reused).toEqual([0, undefined, 2, 3])
    expect(copied).toEqual(['b'])
  })

  test('is copied again of all layers when nothing is trusted', () => {
    const walk = walkOf(before)
    expect(unchangedLayers(walk, planLayers(walk), { ...earlier(before), layers: [] })).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
    ])
  })

  test('a new file is copied, one that went away is not, the directory that had it is copied again', () => {
    const now = [{ ...root, changed: 2000n }, ...before.slice(1, 3), { path: 'd', inode: 4, changed: 2000n }]
    expect(reuse(now)).toMatchObject({ reused: [0, 1, undefined, undefined], copied: ['d', ''] })
  })

  test('files that exchanged their names are copied again, though nobody wrote them', () => {
    const now = [root, { path: 'a', inode: 2 }, { path: 'b', inode: 1 }, { path: 'c', inode: 3 }]
    expect(reuse(now)).toMatchObject({ reused: [undefined, undefined, 2, 3], copied: ['a', 'b'] })
  })

  test('small files are copied again together with the one that changed', () => {
    const small = before.map((row) => (row.path === '' ? row : { ...row, size: 10 }))
    const now = small.map((row) => (row.path === 'b' ? { ...row, changed: 2000n } : row))
    expect(reuse(now, small)).toEqual({ reused: [undefined, 1], copied: ['a', 'b', 'c'], bytes: 30 })
  })
})
