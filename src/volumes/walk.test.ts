import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { exampleLine, exampleWalk, type ExampleFile } from './examples.ts'
import { endsWalk, nanoseconds, walkComparer, walkReader, type Difference } from './walk.ts'

const files: readonly ExampleFile[] = [
  { path: 'b', size: 3 },
  { path: 'a/line\nbreak' },
  { path: 'a', type: 'd', mode: '2770' },
  { path: 'link', type: 'l', target: 'a/b' },
  { path: '\xff\xfe' },
]
const text = Buffer.from(['', ...files.map(exampleLine)].join(''), 'latin1')

describe('a walk', () => {
  test('is the same in whatever pieces it comes', () => {
    const whole = walkReader()
    whole.push(text)
    const expected = whole.finish()
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }), (sizes) => {
        const reader = walkReader()
        // One piece of memory for all, as the threads do it.
        const memory = new Uint8Array(64)
        for (let at = 0, turn = 0; at < text.length; turn += 1) {
          const size = Math.min(sizes[turn % sizes.length] ?? 1, text.length - at)
          memory.set(text.subarray(at, at + size))
          reader.push(memory.subarray(0, size))
          at += size
        }
        const walk = reader.finish()
        expect(walk.length).toBe(files.length)
        for (let index = 0; index < walk.length; index += 1)
          expect(walk.entry(index)).toEqual(expected.entry(index))
      }),
    )
  })

  test('is in the order of the bytes of its names, and finds each', () => {
    const walk = exampleWalk(files)
    const paths = Array.from({ length: walk.length }, (_, index) => walk.path(index))
    expect(paths).toEqual(['', 'a', 'a/line\nbreak', 'b', 'link', '\xff\xfe'])
    for (const [index, path] of paths.entries()) expect(walk.find(path)).toBe(index)
    for (const path of ['0', 'a/', 'aa', 'zz', '\xff\xff']) expect(walk.find(path)).toBeUndefined()
  })

  test('tells what each file is', () => {
    const walk = exampleWalk(files)
    expect(walk.entry(walk.find('a') ?? -1)).toMatchObject({ type: 'd', mode: 0o2770, target: '' })
    expect(walk.entry(walk.find('link') ?? -1)).toMatchObject({ type: 'l', target: 'a/b' })
    expect(walk.entry(walk.find('b') ?? -1)).toMatchObject({
      type: 'f',
      size: 3,
      modified: 1_600_000_000_123_456_789n,
    })
  })

  test.each([1, text.length - 1, text.length - 2, 10])('that is cut after %d bytes fails', (length) => {
    const reader = walkReader()
    reader.push(text.subarray(0, length))
    expect(() => reader.finish()).toThrow(expect.objectContaining({ code: 'FAILED' }))
  })
})

test('the record that ends a walk is told from a file, and fails when the walk had failed', () => {
  expect(endsWalk('f 1 2 3', 'walked 0')).toBe(false)
  expect(endsWalk('walked 0', 'find: ./x: No such file or directory')).toBe(true)
  expect(() => endsWalk('walked 1', 'find: ./x: Input/output error')).toThrow(
    expect.objectContaining({ code: 'FAILED', output: 'find: ./x: Input/output error' }),
  )
})

test.each([
  ['0.0000000000', 0n],
  ['1600000000.1234567890', 1_600_000_000_123_456_789n],
  ['-1.7500000000', -250_000_000n],
  ['-2.0000000000', -2_000_000_000n],
  ['253402300800.9999999990', 253_402_300_800_999_999_999n],
  ['5', 5_000_000_000n],
])('find’s %s is %d nanoseconds', (time, expected) => {
  expect(nanoseconds(time)).toBe(expected)
})

function differences(later: readonly ExampleFile[]): readonly Difference[] {
  const before: readonly ExampleFile[] = [
    { path: 'a', inode: 1, size: 1 },
    { path: 'b', inode: 2 },
  ]
  const comparer = walkComparer(exampleWalk(before))
  const root: ExampleFile = { path: '', type: 'd', mode: '755' }
  comparer.push(Buffer.from([root, ...later].map(exampleLine).join(''), 'latin1'))
  return comparer.finish()
}

describe('a second look', () => {
  const same: readonly [ExampleFile, ExampleFile] = [
    { path: 'a', inode: 1, size: 1 },
    { path: 'b', inode: 2 },
  ]

  test('at the same tree sees nothing', () => {
    expect(differences(same)).toEqual([])
    expect(differences(same.toReversed())).toEqual([])
  })

  test.each([
    ['other bytes', { size: 2 }],
    ['another file of the same name', { inode: 3 }],
    ['another time', { modified: '1600000000.1234567880' }],
    ['a write whose time was set back', { changed: '1600000001.0000000010' }],
    ['another kind', { type: 'p' }],
  ])('sees %s', (_, change) => {
    expect(differences([{ ...same[0], ...change }, same[1]])).toEqual([{ path: 'a', what: 'changed' }])
  })

  test('sees what came and what went', () => {
    expect(differences([same[0], { path: 'c' }])).toEqual([
      { path: 'c', what: 'appeared' },
      { path: 'b', what: 'vanished' },
    ])
  })
})
