import { expect, test } from 'vitest'
import { seenPaths } from './seen.ts'

test('a component is found below its own parent only', () => {
  const seen = seenPaths()
  const a = seen.add(seen.root, 'a', 'directory')
  const inside = seen.add(a, 'x\xff', 'file')
  expect(seen.find(seen.root, 'a')).toBe(a)
  expect(seen.find(a, 'x\xff')).toBe(inside)
  expect(seen.find(seen.root, 'x\xff')).toBeUndefined()
  expect(seen.find(a, 'x')).toBeUndefined()
  expect(seen.kind(inside)).toBe('file')
})

test('a million paths are told apart in well under 150 MB', () => {
  const before = process.memoryUsage()
  const seen = seenPaths()
  for (let directory = 0; directory < 1000; directory += 1) {
    const parent = seen.add(seen.root, `some-directory-${directory}`, 'directory')
    for (let index = 0; index < 1000; index += 1) {
      seen.add(parent, `some-file-with-a-name-${index}`, 'file')
    }
  }
  const after = process.memoryUsage()
  expect(after.arrayBuffers - before.arrayBuffers).toBeLessThan(100e6)
  for (let directory = 0; directory < 1000; directory += 100) {
    const parent = seen.find(seen.root, `some-directory-${directory}`) ?? 0
    expect(seen.find(parent, 'some-file-with-a-name-999')).toBeGreaterThan(0)
    expect(seen.find(parent, 'some-file-with-a-name-1000')).toBeUndefined()
  }
})
