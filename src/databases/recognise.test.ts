import { describe, expect, test } from 'vitest'
import { exampleContainer } from '../examples.ts'
import type { Container, VolumeMount } from '../facts.ts'
import { exampleLook, madeUpLook } from './examples.ts'
import { recogniseDatabases } from './recognise.ts'

const volume = 'data'

function consumer(
  image: string,
  destination: string,
  environment: Readonly<Record<string, string>> = {},
  more: readonly VolumeMount[] = [],
): Container {
  const mounts = [{ volume, destination, readOnly: false }, ...more]
  return exampleContainer({ image, environment, mounts })
}

describe('from the image of a container that mounts the volume', () => {
  test.each([
    ['its official image', consumer('postgres:17', '/var/lib/postgresql/data'), 'postgres 17 .'],
    ['18, one directory up', consumer('postgres:18', '/var/lib/postgresql'), 'postgres 18 18/docker'],
    [
      'a mirror, with a digest',
      consumer('r:5000/library/postgres:16.2-alpine@sha256:1', '/var/lib/postgresql/data'),
      'postgres 16 .',
    ],
    [
      'an image of another name',
      consumer('our/db', '/x', { PG_MAJOR: '15', PGDATA: '/x/y z/d' }),
      'postgres 15 y z/d',
    ],
    ['pgvector', consumer('pgvector/pgvector:pg17', '/var/lib/postgresql/data'), 'postgres 17 .'],
    [
      'timescaledb-ha',
      consumer('timescale/timescaledb-ha:pg16.2-ts2.14', '/home/postgres/pgdata'),
      'postgres 16 data',
    ],
    [
      'Bitnami',
      consumer('bitnami/postgresql:16', '/bitnami/postgresql', {
        BITNAMI_APP_NAME: 'postgresql',
        APP_VERSION: '16.4.0',
      }),
      'postgres 16 data',
    ],
    [
      'MySQL',
      consumer('mysql:8', '/var/lib/mysql', { MYSQL_MAJOR: '8.4', MYSQL_VERSION: '8.4.5-1.el9' }),
      'mysql 8.4 .',
    ],
    ['MySQL by its tag', consumer('mysql:8.0', '/var/lib/mysql'), 'mysql 8.0 .'],
    [
      'MariaDB',
      consumer('mariadb:lts', '/var/lib/mysql', { MARIADB_VERSION: '1:11.8.2+maria~ubu2404' }),
      'mariadb 11.8 .',
    ],
    [
      'MongoDB',
      consumer('mongo', '/data/db', { MONGO_MAJOR: '8.0', MONGO_VERSION: '8.0.4' }),
      'mongodb 8.0 .',
    ],
    ['Redis', consumer('redis:7', '/data', { REDIS_VERSION: '7.4.1' }), 'redis 7.4 .'],
    ['Valkey', consumer('valkey/valkey', '/data', { VALKEY_VERSION: '8.1.0' }), 'valkey 8.1 .'],
    ['a version that is not said', consumer('redis:alpine', '/data'), 'redis ? .'],
  ])('%s', (_, container, expected) => {
    const found = recogniseDatabases(undefined, volume, [container])
    expect(found.map(({ kind, version = '?', path }) => `${kind} ${version} ${path}`)).toEqual([expected])
    expect(found).toMatchObject([{ recognisedBy: 'image', details: {} }])
  })

  test.each([
    ['no database', consumer('nginx:1', '/data')],
    ['its data lies elsewhere', consumer('postgres:17', '/backups')],
    [
      'its data lies in a volume further down',
      consumer('postgres:17', '/var/lib/postgresql', {}, [
        { volume: 'other', destination: '/var/lib/postgresql/data', readOnly: false },
      ]),
    ],
    ['only a part of its data lies there', consumer('postgres:17', '/var/lib/postgresql/data/pg_wal')],
    ['a place that only begins alike', consumer('postgres:17', '/var/lib/postgresql/dat')],
    ['a client', consumer('prodrigestivill/postgres-backup-local:17', '/backups', { POSTGRES_USER: 'x' })],
    ['a variable of a name that all objects have', consumer('x', '/data', { constructor: 'y' })],
  ])('nothing: %s', (_, container) => {
    expect(recogniseDatabases(undefined, volume, [container])).toEqual([])
  })

  test('containers that do not agree on a version leave it unknown', () => {
    const [old, young] = ['postgres:16', 'postgres:17'].map((image) =>
      consumer(image, '/var/lib/postgresql/data'),
    )
    if (old === undefined || young === undefined) throw new Error('there are two')
    const found = recogniseDatabases(undefined, volume, [old, young, old])
    expect(found).toEqual([{ kind: 'postgres', path: '.', recognisedBy: 'image', details: {} }])
    expect(recogniseDatabases(undefined, volume, [old, old])).toMatchObject([{ version: '16' }])
  })
})

describe('files count for more', () => {
  test('than an image of another version', () => {
    const container = consumer('postgres:17', '/var/lib/postgresql/data')
    expect(recogniseDatabases(exampleLook('postgres-15'), volume, [container])).toMatchObject([
      { version: '15', recognisedBy: 'files' },
    ])
  })

  test('than an image of something else that reads them', () => {
    const container = consumer('valkey/valkey:8.1', '/data')
    expect(recogniseDatabases(exampleLook('redis'), volume, [container])).toMatchObject([
      { kind: 'redis', version: '8.0' },
    ])
  })

  test('but an image says the version that no file does', () => {
    const look = madeUpLook({ WiredTiger: 'x', 'storage.bson': 'x' })
    const container = consumer('mongo:8.0', '/data/db')
    expect(recogniseDatabases(look, volume, [container])).toMatchObject([
      { version: '8.0', recognisedBy: 'files' },
    ])
  })

  test('where everything was seen and nothing is there, a server’s image says nothing', () => {
    const container = consumer('postgres:17', '/var/lib/postgresql/data')
    expect(recogniseDatabases(madeUpLook({}), volume, [container])).toEqual([])
    expect(recogniseDatabases(madeUpLook({}, false), volume, [container])).toMatchObject([
      { recognisedBy: 'image' },
    ])
  })

  test('Redis has its data in memory until it first saves', () => {
    expect(recogniseDatabases(madeUpLook({}), volume, [consumer('redis:8', '/data')])).toMatchObject([
      { kind: 'redis', recognisedBy: 'image' },
    ])
  })
})

test('servers come before files, and no more are told than anybody reads', () => {
  const { files } = exampleLook('sqlite')
  const database = files.get('data/app.db')
  const many = Array.from(
    { length: 200 },
    (_, index) => [`many/${index}.db`, { ...database, size: index }] as const,
  )
  const look = madeUpLook(Object.fromEntries(many))
  const all = { files: new Map([...look.files, ...exampleLook('postgres-18').files]), complete: true }
  const found = recogniseDatabases(all, volume, [])
  expect(found).toHaveLength(100)
  expect(found.slice(0, 2)).toMatchObject([{ kind: 'postgres' }, { kind: 'sqlite', path: 'many/199.db' }])
})
