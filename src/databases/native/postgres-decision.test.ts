import { describe, expect, test } from 'vitest'
import type { Container } from '../../facts.ts'
import { readProbe } from './ask-servers.ts'
import { decidePostgres } from './postgres-decision.ts'
import { readMessages } from './postgres-backup.ts'

// Only its name is of interest here.
// oxlint-disable-next-line typescript/no-unsafe-type-assertion
const container = { id: 'abc', name: 'shop-db-1' } as Container
const cluster = { version: '17', path: 'pgdata', details: { systemIdentifier: '77', owner: '999' } }

const answered = `status=ready   
host=/var/run/postgresql
port=5432
folder=/usr/lib/postgresql/17/bin
client=pg_basebackup (PostgreSQL) 17.11 (Debian 17.11-0+deb13u1)
role=shop owner
password=POSTGRES_PASSWORD
data_directory=/var/lib/postgresql/data
max_replication_slots=10
max_wal_senders=10
server_version_num=170011
wal_level=replica
wal_segment_size=16777216
recovery=false
system_identifier=77
tablespaces=0
slots=2
bytes=336760693
replication=yes
`

const decide = (output: string, of: Partial<typeof cluster> = {}) =>
  decidePostgres(container, { ...cluster, ...of }, '999', readProbe(output))

describe('Postgres copies itself', () => {
  test('where its server gives a base backup', () => {
    expect(decide(answered)).toEqual({
      possible: true,
      plan: {
        database: 'postgres',
        container,
        path: 'pgdata',
        user: '999',
        folder: '/usr/lib/postgresql/17/bin',
        host: '/var/run/postgresql',
        port: '5432',
        role: 'shop owner',
        nearby: false,
        password: 'POSTGRES_PASSWORD',
        systemIdentifier: '77',
        walSegmentBytes: 16_777_216,
        bytes: 336_760_693,
      },
      why: 'Postgres 17 makes a base backup of itself while it runs (pg_basebackup in container "shop-db-1")',
    })
  })

  test.each([
    ['77', '77', true],
    ['77', '78', false],
    ['', '77', false],
  ])('beside its container only where the same server answers there', (nearby, identifier, expected) => {
    const asked = decide(`${answered}nearby=${nearby}\nnearby_identifier=${identifier}\n`)
    expect(asked).toMatchObject({ plan: { nearby: expected } })
  })

  test.each<[RegExp, string | RegExp, string]>([
    [/is standby/, 'status=ready   ', 'status=standby '],
    [/is starting/, 'status=ready   ', 'status=starting'],
    [/its data directory is elsewhere/, /^/, 'problem=is elsewhere\n'],
    [/another cluster/, 'system_identifier=77', 'system_identifier=78'],
    [/another cluster/, 'server_version_num=170011', 'server_version_num=160004'],
    [/of version 16, the server of 17/, '(PostgreSQL) 17.11', '(PostgreSQL) 16.1'],
    [/of version unknown/, /client=.*/, 'client='],
    [/standby/, 'recovery=false', 'recovery=true'],
    [/tablespaces/, 'tablespaces=0', 'tablespaces=1'],
    [/a link, "server.key"/, 'tablespaces=0', 'tablespaces=0\nlink=server.key'],
    [/wal_level/, 'wal_level=replica', 'wal_level=minimal'],
    [/max_wal_senders/, 'max_wal_senders=10', 'max_wal_senders=0'],
    [/no replication slot is free/, 'max_replication_slots=10', 'max_replication_slots=2'],
    [/replication is not allowed .*: no entry/, 'replication=yes', 'refused=no entry'],
    [/nobody is let in .*: wrong/, /server_version_num=[\s\S]*/, 'refused=wrong'],
    [/a password from elsewhere/, 'password=POSTGRES_PASSWORD', 'password=x; reboot'],
    [/not there/, /[\s\S]*/, ''],
  ])('not where %s', (why, what, instead) => {
    expect(decide(answered.replace(what, instead))).toEqual({
      possible: false,
      why: expect.stringMatching(why),
    })
  })

  test('not where anything that it must know is missing', () => {
    for (const line of answered.trimEnd().split('\n')) {
      if (/^(?:password|data_directory|bytes)=/.test(line)) continue
      expect([line, decide(answered.replace(`${line}\n`, '')).possible]).toEqual([line, false])
    }
  })

  test('not before 13, which has no manifest', () => {
    const old = answered.replace('170011', '120022').replace('17.11', '12.22')
    expect(decide(old, { version: '12' })).toEqual({
      possible: false,
      why: expect.stringMatching(/before Postgres 13/),
    })
  })
})

test('what a server says twice counts the first time', () => {
  expect(readProbe('a=1\na=2\nb=x=y\n=\nnoise\n')).toEqual(
    new Map([
      ['a', '1'],
      ['b', 'x=y'],
    ]),
  )
})

test('a warning that is not known to be harmless is a complaint', () => {
  const said = `NOTICE:  all is well
WARNING:  skipping special file "./socket"
WARNING:  checksum verification failed in file "base/5/1", block 0
docker-vol: pg_basebackup ended with 1
`
  expect(readMessages(said)).toEqual({
    warnings: [expect.objectContaining({ code: 'socket-skipped', path: 'socket' })],
    complaints: ['WARNING:  checksum verification failed in file "base/5/1", block 0'],
    ended: 1,
  })
  expect(readMessages('').ended).toBeUndefined()
})
