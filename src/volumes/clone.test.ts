import { describe, expect, test } from 'vitest'
import { compareTrees } from './clone.ts'
import { exampleWalk, type ExampleFile } from './examples.ts'

const source: readonly ExampleFile[] = [
  { path: 'dir', type: 'd', mode: '755' },
  { path: 'dir/file', size: 5, inode: 5, links: 2 },
  { path: 'name', size: 5, inode: 5, links: 2 },
  { path: 'link', type: 'l', target: 'dir' },
  { path: 'socket', type: 's' },
]
/** The same in another volume: other inodes, later changes, no socket. */
const copy = source
  .filter(({ type }) => type !== 's')
  .map((file): ExampleFile => ({
    ...file,
    inode: (file.inode ?? 0) + 1000,
    changed: '1700000000.0000000000',
    device: 2,
  }))

function differences(files: readonly ExampleFile[]): readonly string[] {
  return compareTrees(exampleWalk(source), exampleWalk(files), [])
}

test('a copy that is like its source differs in nothing; its sockets are told of', () => {
  const warnings: string[] = []
  expect(compareTrees(exampleWalk(source), exampleWalk(copy), warnings)).toEqual([])
  expect(warnings).toEqual(['"socket": A socket cannot be copied; the program that owns it makes it anew.'])
})

describe('a copy differs by', () => {
  test.each<readonly [string, Partial<ExampleFile>]>([
    ['size', { size: 6 }],
    ['owner', { uid: 1 }],
    ['group', { gid: 1 }],
    ['mode', { mode: '600' }],
    ['time', { modified: '1600000000.0000000000' }],
    ['kind', { type: 'p' }],
    ['number of names', { links: 1 }],
  ])('%s', (_, change) => {
    expect(differences(copy.map((file) => (file.path === 'name' ? { ...file, ...change } : file)))).toEqual([
      '"name" changed',
    ])
  })

  test('what it lacks and what it has too much', () => {
    expect(
      differences([...copy.filter(({ path }) => path !== 'link'), { path: 'x' }, { path: 'y' }]),
    ).toEqual(['"link" is not in the copy', '2 files appeared'])
  })
})
