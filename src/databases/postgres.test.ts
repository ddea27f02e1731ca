import { describe, expect, test } from 'vitest'
import type { DatabaseFacts } from '../facts.ts'
import { crc32c } from './crc32c.ts'
import { exampleLook, madeUpLook } from './examples.ts'
import type { FoundFile, Look } from './look.ts'
import { postgres } from './postgres.ts'

const recorded = [
  'postgres-13',
  'postgres-13-latin1',
  'postgres-15',
  'postgres-15-icu',
  'postgres-17',
  'postgres-17-icu',
  'postgres-17-builtin',
  'postgres-18',
  'postgres-18-plain',
]

function only(look: Look): DatabaseFacts {
  const found = postgres.fromFiles(look)
  expect(found).toHaveLength(1)
  const [facts] = found
  if (facts === undefined) throw new Error('there is none')
  return facts
}

/** A place in the log as a number: 18 prints leading zeros. */
function positionOf(text = ''): bigint {
  const [high = '', low = ''] = text.split('/')
  return (BigInt(`0x${high}`) << 32n) | BigInt(`0x${low}`)
}

/** The files of a look somewhere else in the volume, with changes. */
function moved(
  name: string,
  directory: string,
  changes: Readonly<Record<string, Partial<FoundFile>>> = {},
): Look {
  const { files } = exampleLook(name)
  const all = [...files].map(([path, file]) => [`${directory}/${path}`, file] as const)
  return { files: new Map([...all, ...madeUpLook(changes).files]), complete: true }
}

describe.each(recorded)('the files of %s', (name) => {
  const look = exampleLook(name)
  const said = new Map(look.said.map((line) => [line.slice(0, 38).trim(), line.slice(38)]))

  test('say what pg_controldata says', () => {
    const { version, details } = only(look)
    expect(version).toBe(/\d+/.exec(name)?.[0])
    expect(details).toMatchObject({
      systemIdentifier: said.get('Database system identifier:'),
      controlVersion: said.get('pg_control version number:'),
      catalogVersion: said.get('Catalog version number:'),
      state: said.get('Database cluster state:'),
      timeline: said.get("Latest checkpoint's TimeLineID:"),
      walLevel: said.get('wal_level setting:'),
      walSegmentBytes: said.get('Bytes per WAL segment:'),
      blockBytes: said.get('Database block size:'),
      checksums: said.get('Data page checksum version:') === '0' ? 'off' : 'on',
    })
    for (const [key, label] of [
      ['checkpoint', 'Latest checkpoint location:'],
      ['checkpointRedo', "Latest checkpoint's REDO location:"],
      ['minimumRecoveryEnd', 'Minimum recovery ending location:'],
    ] as const)
      expect(positionOf(details[key]), label).toBe(positionOf(said.get(label)))
    const time = Date.parse(said.get('Time of latest checkpoint:') ?? '')
    expect(Date.parse(details['checkpointTime'] ?? '')).toBe(time)
  })
})

describe('in which language a cluster is', () => {
  test.each([
    ['postgres-13', { encoding: 'UTF8', localeProvider: 'libc', collate: 'en_US.utf8', libc: 'glibc' }],
    ['postgres-13-latin1', { encoding: 'LATIN1', localeProvider: 'libc', collate: 'C' }],
    ['postgres-15', { encoding: 'UTF8', collationVersion: '2.36', libc: 'glibc 2.36' }],
    [
      'postgres-15-icu',
      { localeProvider: 'icu', locale: 'en-US', collate: 'C', collationVersion: '153.120' },
    ],
    ['postgres-17', { ctype: 'en_US.utf8', collationVersion: '2.41', libc: 'glibc 2.41' }],
    ['postgres-17-icu', { localeProvider: 'icu', locale: 'de', collate: 'en_US.utf8' }],
    ['postgres-17-builtin', { localeProvider: 'builtin', locale: 'C.UTF-8', walSegmentBytes: '1048576' }],
    ['postgres-18', { encoding: 'UTF8', collationVersion: '2.43', provenance: 'Debian', owner: '999' }],
    ['postgres-18-plain', { encoding: 'SQL_ASCII', collate: 'C' }],
  ])('%s', (name, details) => {
    expect(only(exampleLook(name)).details).toMatchObject(details)
  })

  test('one of glibc’s locales without a version was made on musl, though Debian ran it last', () => {
    const look = exampleLook('postgres-17')
    const page = withoutVersions(look.files.get('global/1262')?.start ?? new Uint8Array())
    const catalog = { type: 'f', size: page.length, uid: 70, target: '', start: page }
    const { details } = only({ files: new Map([...look.files, ['global/1262', catalog]]), complete: true })
    expect(details).toMatchObject({ collate: 'en_US.utf8', libc: 'musl', provenance: 'Debian' })
    expect(details).not.toHaveProperty('collationVersion')
  })

  test.each([
    ['/usr/local/bin/postgres "-c" "x=1"\n', 'Alpine', 'musl'],
    ['/opt/bitnami/postgresql/bin/postgres\n', 'Bitnami', 'glibc'],
    ['/usr/lib/postgresql/13/bin/postgres "-D" "/x y"\n', 'Debian', 'glibc'],
  ])('before 15, %j tells that it was run on %s', (options, provenance, libc) => {
    const { files } = exampleLook('postgres-13')
    const look = new Map([...files, ...madeUpLook({ 'postmaster.opts': options }).files])
    expect(only({ files: look, complete: true }).details).toMatchObject({ provenance, libc })
  })
})

/** A page of pg_database of 17 in which no database has a version of its collation: the 17th column is null. */
function withoutVersions(catalog: Uint8Array): Buffer {
  const page = Buffer.from(catalog)
  for (let pointer = 24; pointer < page.readUInt16LE(12); pointer += 4) {
    const row = page.readUInt32LE(pointer) & 0x7fff
    page[row + 23 + 2] = (page[row + 23 + 2] ?? 0) & ~1
  }
  return page
}

describe('where a cluster lies', () => {
  test.each(['18/docker', 'data', 'pgdata/data', 'bitnami/postgresql/data'])('in %s', (directory) => {
    expect(only(moved('postgres-17', directory))).toMatchObject({ path: directory, version: '17' })
  })

  test('in two places, the nearer to the root first', () => {
    const look = moved('postgres-17', '17/docker')
    const files = new Map([
      ...moved('postgres-18', 'old/x').files,
      ...look.files,
      ...exampleLook('postgres-18').files,
    ])
    expect(postgres.fromFiles({ files, complete: true }).map(({ path, version }) => [path, version])).toEqual(
      [
        ['17/docker', '17'],
        ['18/docker', '18'],
        ['old/x/18/docker', '18'],
      ],
    )
  })

  test('a file with its version alone is none: each of its databases has one', () => {
    expect(postgres.fromFiles(madeUpLook({ PG_VERSION: '17\n', 'base/1/PG_VERSION': '17\n' }))).toEqual([])
  })
})

describe('what a copy must not forget', () => {
  test('a log and tablespaces that lie elsewhere', () => {
    const look = moved('postgres-17', 'd', {
      'd/pg_wal': { type: 'l', target: '/wal/pg_wal' },
      'd/pg_tblspc/16400': { type: 'l', target: '/fast\nplace' },
      'd/pg_tblspc/16401': { type: 'l', target: '/slow' },
    })
    expect(only(look).details).toMatchObject({
      walDirectory: '/wal/pg_wal',
      tablespaces: '/fast\\nplace, /slow',
    })
  })

  test('that a server runs or was killed, that it is a backup, that it is a standby', () => {
    expect(only(exampleLook('postgres-13')).details).toMatchObject({ postmasterPid: 'there' })
    expect(only(exampleLook('postgres-17')).details).not.toHaveProperty('postmasterPid')
    const look = moved('postgres-17', 'd', {
      'd/backup_label': {},
      'd/standby.signal': {},
      'd/recovery.conf': {},
    })
    expect(only(look).details).toMatchObject({
      backupLabel: 'there',
      standbySignal: 'there',
      recoverySignal: 'there',
    })
  })
})

describe('what is not as it should be is unknown', () => {
  const unknown = /^unknown/

  test.each([
    ['one bit is another', (control: Buffer) => void (control[70] = (control[70] ?? 0) ^ 1)],
    ['it is of a version to come', (control: Buffer) => void control.writeUInt32LE(1902, 8)],
    ['it is zeros', (control: Buffer) => void control.fill(0)],
  ])('when of pg_control %s', (_, change) => {
    const look = exampleLook('postgres-17')
    const control = Buffer.from(look.files.get('global/pg_control')?.start ?? [])
    change(control)
    const file = { type: 'f', size: 8192, uid: 999, target: '', start: control }
    const facts = only({ files: new Map([...look.files, ['global/pg_control', file]]), complete: true })
    expect(facts).toMatchObject({
      kind: 'postgres',
      version: '17',
      details: { state: expect.stringMatching(unknown) },
    })
    for (const key of ['systemIdentifier', 'checkpoint', 'checksums'])
      expect(facts.details).not.toHaveProperty(key)
  })

  test('when it is cut, and nothing else was read', () => {
    const facts = only(madeUpLook({ PG_VERSION: 'what?', 'global/pg_control': 'short', 'global/1262': {} }))
    expect(facts).not.toHaveProperty('version')
    expect(facts.details['state']).toMatch(unknown)
  })
})

test('the checksum is CRC-32C: its check value is known', () => {
  expect(crc32c(Buffer.from('123456789'))).toBe(0xe3069283)
})
