import { expect, test } from 'vitest'
import { exampleRecord } from './examples.ts'
import type { FileRecord } from './format.ts'
import { selectFiles } from './select.ts'

const files: readonly FileRecord[] = [
  exampleRecord({ path: 'a/b/file' }),
  exampleRecord({ path: 'a/bc' }),
  exampleRecord({ path: 'first' }),
  exampleRecord({ path: 'linked', type: 'hardlink', target: 'first' }),
  exampleRecord({ path: 'z\xff' }),
  exampleRecord({ path: '.', type: 'directory' }),
  exampleRecord({ path: 'a', type: 'directory' }),
  exampleRecord({ path: 'a/b', type: 'directory' }),
  exampleRecord({ path: 'empty', type: 'directory' }),
]

async function select(...paths: readonly string[]) {
  const { selected, missing } = await selectFiles(async function* () {
    yield* files
  }, paths)
  return { selected: selected.map(({ path }) => path), missing }
}

test('a directory comes with all that is below it and the directories above it, in the order of the archive', async () => {
  expect(await select('a/b')).toEqual({ selected: ['a/b/file', 'a', 'a/b'], missing: [] })
})

test('a name that only begins alike is another', async () => {
  expect(await select('a/b', 'emp')).toMatchObject({ missing: ['emp'] })
  expect((await select('a/bc')).selected).toEqual(['a/bc', 'a'])
})

test('a hard link comes with the file that it is a name of', async () => {
  expect((await select('linked')).selected).toEqual(['first', 'linked'])
})

test('paths may overlap, and may be any bytes', async () => {
  expect((await select('a', 'a/b/file', 'z\xff')).selected).toEqual(['a/b/file', 'a/bc', 'z\xff', 'a', 'a/b'])
})

test('what is not there is told, and an empty directory is there', async () => {
  expect(await select('empty', 'no', 'a/no')).toEqual({ selected: ['a', 'empty'], missing: ['no', 'a/no'] })
})
