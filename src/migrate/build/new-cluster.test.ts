import { describe, expect, test } from 'vitest'
import { initdbOptions } from './new-cluster.ts'
import type { ClusterLocale } from './source-facts.ts'

const libc: ClusterLocale = {
  encoding: 'UTF8',
  collate: 'en_US.utf8',
  characterType: 'en_US.utf8',
  provider: 'libc',
  locale: undefined,
  icuRules: undefined,
}
const cluster = { checksums: false, walSegmentBytes: 16 * 1024 ** 2 }

describe('the new cluster is made as the old one', () => {
  test('without checksums where they are the default by now', () => {
    expect(initdbOptions({ locale: libc, groupAccess: false }, cluster, 18)).toEqual([
      '--encoding=UTF8',
      '--lc-collate=en_US.utf8',
      '--lc-ctype=en_US.utf8',
      '--locale-provider=libc',
      '--wal-segsize=16',
      '--no-data-checksums',
    ])
  })

  test('with checksums, larger segments and access for the group', () => {
    const options = initdbOptions(
      { locale: libc, groupAccess: true },
      { checksums: true, walSegmentBytes: 64 * 1024 ** 2 },
      14,
    )
    expect(options.slice(3)).toEqual(['--wal-segsize=64', '--data-checksums', '--allow-group-access'])
  })

  test('with the locale of its provider', () => {
    const icu = { ...libc, provider: 'icu', locale: 'de-DE', icuRules: '&a<b' } as const
    expect(initdbOptions({ locale: icu, groupAccess: false }, cluster, 17)).toContain('--icu-locale=de-DE')
    expect(initdbOptions({ locale: icu, groupAccess: false }, cluster, 17)).toContain('--icu-rules=&a<b')
    const builtin = { ...libc, provider: 'builtin', locale: 'C.UTF-8' } as const
    expect(initdbOptions({ locale: builtin, groupAccess: false }, cluster, 18)).toContain(
      '--builtin-locale=C.UTF-8',
    )
  })
})
