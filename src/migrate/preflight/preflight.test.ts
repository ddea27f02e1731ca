import { describe, expect, test } from 'vitest'
import type { Container } from '../../facts.ts'
import type { MigrationFinding } from '../finding.ts'
import type { Row, Seen } from './check.ts'
import { checks } from './checks/index.ts'
import { localMethods } from './checks/cluster.ts'
import { findingsOf, methodsLeft, toTry, unexplained } from './preflight.ts'

const container: Container = {
  id: 'c1',
  name: 'db',
  image: 'postgres:15',
  imageId: 'sha256:15',
  state: 'running',
  labels: {},
  environment: { PG_MAJOR: '15', PGDATA: '/var/lib/postgresql/data' },
  mounts: [{ volume: 'pgdata', destination: '/var/lib/postgresql/data', readOnly: false }],
  startedAt: '',
  finishedAt: '',
  exitCode: 0,
  outOfMemory: false,
  health: '',
  restartPolicy: 'no',
  autoRemove: false,
  stopTimeout: undefined,
}

type Rows = Readonly<Record<string, readonly Row[]>>

const rows: Rows = {
  server: [
    {
      dataDirectory: '/var/lib/postgresql/data',
      recovering: 'false',
      libcVersion: '2.36',
      icuVersion: '153.120',
    },
  ],
  databases: [{ name: 'shop', provider: 'c', collate: 'en_US.utf8', ctype: 'en_US.utf8', recorded: '2.36' }],
}

/** A sound cluster of 15 on the way to 17, but for what is different. */
function seen(more: Partial<Omit<Seen, 'rows'>> & { rows?: Rows } = {}): Seen {
  const all = { ...rows, ...more.rows }
  return {
    majors: { from: 15, to: 17 },
    cluster: {
      major: 15,
      path: '.',
      systemIdentifier: '1',
      owner: '999:999',
      checksums: true,
      walSegmentBytes: 16 * 1024 * 1024,
      shutDown: false,
      libc: 'glibc',
      provenance: 'debian',
      serverArguments: [],
    },
    walDirectory: undefined,
    volume: 'pgdata',
    consumers: [container],
    target: {
      major: 17,
      versionNumber: 170011,
      dataDirectory: '/var/lib/postgresql/data',
      libc: 'glibc',
      libcVersion: '2.36',
      icuVersion: '153.120',
      settings: new Set(['work_mem', 'shared_preload_libraries']),
      extensions: new Map([['hstore', '1.8']]),
      extensionVersions: new Set(['hstore=1.8', 'hstore=1.7']),
      libraries: new Set(['hstore.so']),
      systemColumns: new Set(),
    },
    tried: { libraries: new Map(), settings: new Set(), locales: new Set() },
    ...more,
    rows: (query) => all[query] ?? [],
  }
}

const ids = (given: Seen) => findingsOf(checks, given).map(({ id }) => id)

const tablespaces = (location: string) => ({
  rows: { 'tablespace-outside': [{ object: 'fast', location }] },
})

const extension = (name: string, version: string) => ({
  'missing-extension': [{ database: 'shop', name, version }],
  'missing-library': [{ database: 'shop', library: `$libdir/${name}`, ofExtension: 'true', example: 'f()' }],
})

const blocker = (blocks?: MigrationFinding['blocks']): MigrationFinding => ({
  id: 'x',
  severity: 'blocker',
  message: '',
  ...(blocks === undefined ? {} : { blocks }),
})

const blockerOf = (id: string, database?: string): MigrationFinding => ({
  id,
  severity: 'blocker',
  message: '',
  ...(database === undefined ? {} : { database }),
})

const mounts = (at: string) => [
  { volume: 'pgdata', destination: at, readOnly: false },
  { volume: 'anonymous', destination: '/var/lib/postgresql/data', readOnly: false },
]

describe('the checks', () => {
  test('must find nothing where nothing is wrong', () => {
    expect(ids(seen())).toEqual([])
  })

  test('must leave only a dump between C libraries, unless all text is sorted by its bytes', () => {
    const { cluster } = seen()
    const alpine = { cluster: { ...cluster, libc: 'musl' as const } }
    const findings = findingsOf(checks, seen(alpine))
    expect(findings[0]?.id).toBe('other-libc')
    expect(methodsLeft(findings)).toEqual(['dump'])
    const bytes = [{ name: 'shop', provider: 'c', collate: 'C', ctype: 'C' }]
    expect(ids(seen({ ...alpine, rows: { databases: bytes } }))).toEqual([])
    expect(ids(seen({ cluster: { ...cluster, libc: 'unknown' } }))).toEqual(['unknown-libc'])
  })

  test('must see a collation that only a database has noted, and one of ICU', () => {
    const noted = [{ name: 'shop', provider: 'c', collate: 'en_US.utf8', recorded: '2.31' }]
    expect(ids(seen({ rows: { databases: noted } }))).toEqual(['collation-changed'])
    const { target } = seen()
    const other = { target: { ...target, icuVersion: '153.136' } }
    expect(ids(seen(other))).toEqual([])
    expect(ids(seen({ ...other, rows: { collations: [{ provider: 'i' }] } }))).toEqual(['collation-changed'])
  })

  test('must stop at WAL, tablespaces and a cluster that are not in the volume', () => {
    expect(ids(seen({ walDirectory: '/wal' }))).toEqual(['wal-elsewhere'])
    expect(ids(seen({ walDirectory: '/var/lib/postgresql/data/wal' }))).toEqual([])
    expect(ids(seen(tablespaces('/fast')))).toEqual(['tablespace-outside'])
    expect(ids(seen(tablespaces('pg_tblspc/1')))).toEqual(['tablespace-in-place'])
    // As a server on a copy sees it.
    const copied = {
      rows: {
        server: [{ ...rows['server']?.[0], dataDirectory: '/copy/old' }],
        'tablespace-outside': [{ object: 'fast', location: '/copy/old/fast' }],
      },
    }
    expect(ids(seen(copied))).toEqual(['tablespace-inside'])
  })

  test('must tell a server whose data is elsewhere from others that mount the volume', () => {
    const above = { ...container, mounts: mounts('/var/lib/postgresql') }
    expect(ids(seen({ consumers: [above] }))).toEqual(['cluster-not-in-use'])
    expect(ids(seen({ consumers: [{ ...container, mounts: mounts('/backup') }] }))).toEqual([])
    expect(ids(seen({ consumers: [above, container] }))).toEqual([])
  })

  test('must tell who mounts the volume where 18 does not want it', () => {
    const { target } = seen()
    const to18 = {
      majors: { from: 15, to: 18 },
      target: { ...target, major: 18, dataDirectory: '/var/lib/postgresql/18/docker' },
    }
    expect(ids(seen(to18))).toEqual(['mount-path'])
    const own = { ...container, environment: { PGDATA: '/var/lib/postgresql/data/pgdata' } }
    expect(ids(seen({ ...to18, consumers: [own] }))).toEqual([])
  })

  test('must tell a killed server from one at work', () => {
    expect(ids(seen({ consumers: [{ ...container, state: 'exited' }] }))).toEqual(['unclean-shutdown'])
  })

  test('must refuse a target that is older, and a standby', () => {
    expect(ids(seen({ majors: { from: 18, to: 17 } }))).toEqual(['older-target'])
    expect(ids(seen({ rows: { server: [{ recovering: 'true', libcVersion: '2.36' }] } }))).toEqual([
      'standby',
    ])
  })

  test('must tell what of extensions the target lacks, and not the same twice', () => {
    const tried = { ...seen().tried, libraries: new Map([['$libdir/vector', 'could not access file']]) }
    expect(ids(seen({ tried, rows: extension('vector', '0.8') }))).toEqual(['missing-extension'])
    expect(ids(seen({ rows: extension('hstore', '0.1') }))).toEqual(['extension-version'])
    expect(ids(seen({ rows: extension('hstore', '1.7') }))).toEqual([])
  })

  test('must let a library go that files ask for, and not one that the command line asks for', () => {
    const asked = {
      rows: { 'file-settings': [{ name: 'shared_preload_libraries', setting: 'hstore, "pg_cron"' }] },
    }
    const [finding] = findingsOf(checks, seen(asked))
    expect(finding).toMatchObject({ id: 'missing-preload-library', severity: 'warning' })
    expect(finding?.message).toContain('no library pg_cron,')
    const { cluster } = seen()
    const serverArguments = ['-c', 'shared_preload_libraries=pg_cron']
    const onCommandLine = findingsOf(checks, seen({ cluster: { ...cluster, serverArguments } }))
    expect(onCommandLine.map(({ id, severity }) => [id, severity])).toEqual([
      ['missing-preload-library', 'blocker'],
      ['command-line-setting', 'note'],
    ])
  })

  test('must tell of settings outside of the volume', () => {
    const file = '/etc/postgresql/postgresql.conf'
    const asked = { rows: { 'file-settings': [{ name: 'work_mem', setting: '1MB', file }] } }
    expect(ids(seen(asked))).toEqual(['settings-elsewhere'])
  })
})

test('a blocker of one method must leave the other', () => {
  expect(methodsLeft([])).toEqual(['upgrade', 'dump'])
  expect(methodsLeft([blocker(['upgrade'])])).toEqual(['dump'])
  expect(methodsLeft([blocker(['upgrade']), blocker(['dump'])])).toEqual([])
  expect(methodsLeft([blocker()])).toEqual([])
})

test('what a check has explained must not be told again by the rehearsal', () => {
  const found = [
    blockerOf('missing-extension', 'shop'),
    blockerOf('removed-role-setting'),
    blockerOf('newline-in-name'),
  ]
  const refused = [
    blockerOf('missing-extension', 'shop'),
    blockerOf('missing-extension', 'other'),
    blockerOf('removed-role-setting', 'shop'),
    blockerOf('definition-refused', 'shop'),
    blockerOf('schema-not-dumped'),
  ]
  expect(unexplained(refused, found)).toEqual([
    blockerOf('missing-extension', 'other'),
    blockerOf('definition-refused', 'shop'),
  ])
})

test('what is tried in the target must be what the old server has, but not where its files are', () => {
  const given = seen({
    rows: {
      'missing-library': [
        { database: 'a', library: '$libdir/x' },
        { database: 'b', library: '$libdir/x' },
      ],
      'file-settings': [
        { name: 'work_mem', setting: '1MB' },
        { name: 'hba_file', setting: '/etc/hba' },
        { name: 'gone', setting: 'on' },
        { name: 'local_preload_libraries', setting: '/opt/y' },
      ],
      databases: [
        { name: 'a', provider: 'c', collate: 'de_DE.utf8', ctype: 'C' },
        { name: 'b', provider: 'b', collate: 'C.UTF-8', ctype: 'C.UTF-8' },
      ],
    },
  })
  expect(toTry(given, given.target)).toEqual({
    libraries: ['$libdir/x', '/opt/y'],
    settings: [{ name: 'work_mem', value: '1MB' }],
    locales: ['de_DE.utf8', 'C'],
  })
})

test('pg_hba.conf must be read for passwords of local connections', () => {
  const rules = `# local all all md5
local   all             all                                     trust
local replication "a b" scram-sha-256 # for the backup
host all all all md5
local shop,other app password`
  expect(localMethods(rules)).toEqual(['scram-sha-256', 'password'])
})
