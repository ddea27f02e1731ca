import { describe, expect, test } from 'vitest'
import { exampleWalk, type ExampleFile } from './examples.ts'
import { expectedFiles } from './expected-files.ts'
import { checkTree, type ExpectedFile } from './staged-tree.ts'

const common = { mode: 0o644, uid: 0, gid: 0, modified: 1_600_000_000_123_456_789n, size: 0 } as const
const expected: readonly ExpectedFile[] = [
  { ...common, path: '.', type: 'directory', mode: 0o755 },
  { ...common, path: 'dir', type: 'directory', mode: 0o2770 },
  { ...common, path: 'dir/file', type: 'file', size: 7 },
  { ...common, path: 'name', type: 'hardlink', target: 'dir/file' },
  { ...common, path: 'link', type: 'symlink', target: 'dir', mode: 0o777 },
  { ...common, path: 'pipe', type: 'fifo' },
  { ...common, path: '\xff', type: 'character', device: '1:3' },
]
const unpacked: readonly ExampleFile[] = [
  { path: 'dir', type: 'd', mode: '2770' },
  { path: 'dir/file', size: 7, inode: 7, links: 2 },
  { path: 'name', size: 7, inode: 7, links: 2 },
  { path: 'link', type: 'l', target: 'dir', mode: '777' },
  { path: 'pipe', type: 'p' },
  { path: '\xff', type: 'c' },
]

function check(files: readonly ExampleFile[], wanted: readonly ExpectedFile[] = expected): void {
  const tree = checkTree(exampleWalk(files))
  for (const file of wanted) tree.add(file)
  tree.finish()
}

function changed(path: string, change: Partial<ExampleFile>): readonly ExampleFile[] {
  return unpacked.map((file) => (file.path === path ? { ...file, ...change } : file))
}

test('a tree that is what it should be passes', () => {
  expect(() => check(unpacked)).not.toThrow()
})

describe('a tree is refused for', () => {
  test.each<readonly [string, readonly ExampleFile[]]>([
    ['a missing file', unpacked.filter(({ path }) => path !== 'pipe')],
    ['a file too many', [...unpacked, { path: 'more' }]],
    ['a directory too many', [...unpacked, { path: 'more', type: 'd' }]],
    ['another kind', changed('pipe', { type: 'f' })],
    ['another size', changed('dir/file', { size: 8 })],
    ['another owner', changed('dir/file', { uid: 1 })],
    ['another group', changed('dir/file', { gid: 1 })],
    ['a lost setgid bit', changed('dir', { mode: '770' })],
    ['another time, by a nanosecond', changed('dir/file', { modified: '1600000000.1234567880' })],
    ['another target', changed('link', { target: 'dor' })],
    ['a hard link that is a copy', changed('name', { inode: 8 })],
  ])('%s', (_, files) => {
    expect(() => check(files)).toThrow(expect.objectContaining({ code: 'FAILED' }))
  })

  test('a root of another mode', () => {
    const wanted = expected.map((file) => (file.path === '.' ? { ...file, mode: 0o700 } : file))
    expect(() => check(unpacked, wanted)).toThrow('"." has another mode')
  })
})

test('the mode of a symbolic link means nothing', () => {
  expect(() => check(changed('link', { mode: '755' }))).not.toThrow()
})

describe('files that an archive announced', () => {
  test('are compared with what was unpacked, however many', async () => {
    const many = Array.from({ length: 20_000 }, (_, number) => `many/${number}-\xff-${'x'.repeat(60)}`)
    const files = [{ path: 'many', type: 'd' }, ...many.map((path) => ({ path }))]
    const announced = expectedFiles()
    for (const path of many) announced.add({ ...common, path, type: 'file' })
    await announced.check(exampleWalk(files))
    await expect(announced.check(exampleWalk([...files, { path: 'one-more' }]))).rejects.toMatchObject({
      code: 'FAILED',
    })
    await expect(announced.check(exampleWalk(files.slice(0, -1)))).rejects.toMatchObject({ code: 'FAILED' })
  })

  test('may lie in directories that it did not announce', async () => {
    const announced = expectedFiles()
    announced.add({ ...common, path: 'a/b', type: 'file' })
    await announced.check(exampleWalk([{ path: 'a', type: 'd' }, { path: 'a/b' }]))
  })

  test('of which there are none leave an empty volume', async () => {
    await expectedFiles().check(exampleWalk([]))
  })
})
