import { expect, test } from 'vitest'
import { placeFor } from './migration-place.ts'

const image17 = { dataDirectory: '/var/lib/postgresql/data', volumes: ['/var/lib/postgresql/data'] }
const image18 = { dataDirectory: '/var/lib/postgresql/18/docker', volumes: ['/var/lib/postgresql'] }
const old = { path: '.', mountPath: '/var/lib/postgresql/data', chosenDirectory: undefined }

test('before 18 all stays where it is', () => {
  expect(placeFor(old, image17)).toEqual({
    path: '.',
    mountPath: '/var/lib/postgresql/data',
    dataDirectory: '/var/lib/postgresql/data',
  })
})

test('for 18 the volume is mounted a directory above, with the data below', () => {
  const expected = {
    path: '18/docker',
    mountPath: '/var/lib/postgresql',
    dataDirectory: '/var/lib/postgresql/18/docker',
  }
  expect(placeFor(old, image18)).toEqual(expected)
  expect(placeFor({ ...old, mountPath: undefined }, image18)).toEqual(expected)
  expect(placeFor({ ...old, path: 'data', mountPath: '/var/lib/postgresql' }, image18)).toEqual(expected)
})

test('a directory that somebody chose is kept, as PGDATA counts for every image', () => {
  const chosen = { path: 'pg', mountPath: '/data/', chosenDirectory: '/data/pg/' }
  expect(placeFor(chosen, image18)).toEqual({ path: 'pg', mountPath: '/data', dataDirectory: '/data/pg' })
})

test('PGDATA that names another place than that of the cluster is not believed', () => {
  const elsewhere = { path: '.', mountPath: '/data', chosenDirectory: '/elsewhere' }
  expect(placeFor(elsewhere, image18).path).toBe('18/docker')
})

test('an image that says nothing is taken for one that keeps its data where all did', () => {
  expect(placeFor(old, { dataDirectory: '', volumes: [] })).toEqual(placeFor(old, image17))
})
