import { expect, test } from 'vitest'
import { changedOrders, type Collations } from './collations.ts'

const glibc = (version: string, recorded: readonly string[] = []): Collations => ({
  library: `glibc ${version}`,
  icu: '153.120',
  recorded,
  usesLibrary: true,
})

test.each([
  ['the same library', glibc('2.36'), glibc('2.36'), false],
  ['another version', glibc('2.31'), glibc('2.41'), true],
  ['another library', glibc('2.41'), { ...glibc('2.41'), library: 'musl' }, true],
  ['a database that was made under an older one', glibc('2.41', ['2.41', '2.36']), glibc('2.41'), true],
  ['databases that all were made under this one', glibc('2.41', ['2.41']), glibc('2.41'), false],
])('%s', (_, before, after, library) => {
  expect(changedOrders(before, after)).toEqual({ library, icu: false })
})

test('another version of ICU', () => {
  expect(changedOrders(glibc('2.36'), { ...glibc('2.36'), icu: '153.121' }).icu).toBe(true)
})
