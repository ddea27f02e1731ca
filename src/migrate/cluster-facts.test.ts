import { expect, test } from 'vitest'
import { argumentsIn, clusterFrom } from './cluster-facts.ts'

test.each([
  ['/usr/lib/postgresql/15/bin/postgres\n', []],
  ['/usr/lib/postgresql/15/bin/postgres "-c" "work_mem=8MB"\n', ['-c', 'work_mem=8MB']],
  ['/usr/local/bin/postgres "-D" "/var/lib/postgresql/data" "-c" "port=5433"\n', ['-c', 'port=5433']],
  ['/usr/local/bin/postgres "-D/data" "-N" "20"\n', ['-N', '20']],
  [`/usr/local/bin/postgres "-c" "application_name=say "it" now"\n`, ['-c', 'application_name=say "it" now']],
  ['', []],
])('%j was started with %j', (options, expected) => {
  expect(argumentsIn(options)).toEqual(expected)
})

const facts = {
  kind: 'postgres',
  version: '15',
  path: 'data',
  recognisedBy: 'files',
  details: {
    systemIdentifier: '7480000000000000001',
    state: 'in production',
    checksums: 'on',
    walSegmentBytes: '16777216',
    libc: 'glibc 2.36',
    provenance: 'Debian',
    tablespaces: '/a, /b',
  },
} as const

test('a cluster is what its files say', () => {
  expect(clusterFrom(facts, { owner: '999:999', options: '' })).toEqual({
    major: 15,
    path: 'data',
    systemIdentifier: '7480000000000000001',
    owner: '999:999',
    checksums: true,
    walSegmentBytes: 16_777_216,
    shutDown: false,
    libc: 'glibc',
    provenance: 'debian',
    serverArguments: [],
    walDirectory: undefined,
    tablespaces: ['/a', '/b'],
    isStandby: false,
  })
})

test('one whose control file says nothing is none', () => {
  expect(clusterFrom({ ...facts, details: {} }, { owner: '999:999', options: '' })).toBeUndefined()
})
