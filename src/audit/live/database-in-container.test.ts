import { expect, test } from 'vitest'
import { databaseInContainer } from './database-in-container.ts'
import { aContainer, anImage } from './example-parts.ts'

const postgres = { PG_MAJOR: '18', PGDATA: '/var/lib/postgresql/18/docker' }
const start = { entrypoint: ['docker-entrypoint.sh'], command: ['postgres'] }

test('what the container has must count for more than the name of its image', () => {
  const image = anImage('postgres:17', { ...start, volumes: ['/var/lib/postgresql'] })
  const container = aContainer({ name: 'db', image: 'postgres:17', ...start, environment: postgres })
  expect(databaseInContainer(container, image)).toMatchObject({
    kind: 'postgres',
    major: 18,
    directory: '/var/lib/postgresql/18/docker',
    declaredVolumes: ['/var/lib/postgresql'],
  })
})

test('an image that is built on an official one must be known by its variables', () => {
  const image = anImage('example/our-database:3', { ...start, volumes: ['/var/lib/postgresql'] })
  const container = aContainer({ name: 'db', image: image.id, ...start, environment: postgres })
  expect(databaseInContainer(container, image)).toMatchObject({ kind: 'postgres', major: 18 })
})

test.each([
  ['a shell', ['sleep', 'infinity'], ['sh', '-c']],
  ['a client', ['psql', '-h', 'db'], []],
  ['a dump', ['pg_dump', '-h', 'db'], []],
])('the image of a database that runs %s must be no database', (_what, command, entrypoint) => {
  const image = anImage('postgres:17', start)
  const container = aContainer({
    name: 'job',
    image: 'postgres:17',
    command,
    entrypoint,
    environment: postgres,
  })
  expect(databaseInContainer(container, image)).toBeUndefined()
})

test('another program with the variables of a database must be none', () => {
  const image = anImage('example/backup', { command: ['backup'] })
  const container = aContainer({
    name: 'backup',
    image: 'example/backup',
    command: ['backup'],
    environment: postgres,
  })
  expect(databaseInContainer(container, image)).toBeUndefined()
})

test('a data directory that the command names must be where the data is', () => {
  const image = anImage('mongo:8', { entrypoint: ['docker-entrypoint.sh'], command: ['mongod'] })
  const container = aContainer({
    name: 'db',
    image: 'mongo:8',
    entrypoint: ['docker-entrypoint.sh'],
    command: ['mongod', '--dbpath', '/srv/mongo'],
    environment: { MONGO_MAJOR: '8.0' },
  })
  expect(databaseInContainer(container, image)).toMatchObject({ major: 8, directory: '/srv/mongo' })
})

test('Redis of any name must be known by its program and the volume of its image, and be a cache', () => {
  const image = anImage('mirror.example.com/redis:8', { command: ['redis-server'], volumes: ['/data'] })
  const container = aContainer({ name: 'cache', image: image.id, command: ['redis-server'] })
  expect(databaseInContainer(container, image)).toMatchObject({
    kind: 'redis',
    directory: '/data',
    cache: true,
  })
  expect(databaseInContainer(container, { ...image, volumes: [] })).toBeUndefined()
})
