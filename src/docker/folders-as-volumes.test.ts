import { describe, expect, test } from 'vitest'
import { exampleContainer } from '../examples.ts'
import { seenWith } from './folders-as-volumes.ts'

const folder = { path: '/srv/shop/pgdata', service: 'db', destination: '/var/lib/postgresql/data' }
const folders = new Map([['shop_db', folder]])
const seen = (source: string, destination: string, readOnly = false) =>
  seenWith(exampleContainer({ mounts: [], binds: [{ source, destination, readOnly }] }), folders).mounts

describe('a folder of the host as a volume', () => {
  test('is mounted where a container has it', () => {
    expect(seen('/srv/shop/pgdata', '/data')).toEqual([
      { volume: 'shop_db', destination: '/data', readOnly: false },
    ])
    expect(seen('/srv/shop/pgdata', '/data', true)).toMatchObject([{ readOnly: true }])
  })

  test('is mounted, further down, where a container has a folder above it', () => {
    expect(seen('/srv/shop', '/host')).toMatchObject([{ destination: '/host/pgdata' }])
    expect(seen('/srv/', '/host/')).toMatchObject([{ destination: '/host/shop/pgdata' }])
    expect(seen('/', '/host')).toMatchObject([{ destination: '/host/srv/shop/pgdata' }])
  })

  test('is mounted by who has a part of it', () => {
    expect(seen('/srv/shop/pgdata/base', '/base')).toMatchObject([{ destination: '/base' }])
  })

  test('is not mounted by who has something else, of whatever name', () => {
    expect(seen('/srv/shop/pgdata-old', '/data')).toEqual([])
    expect(seen('/srv/sho', '/data')).toEqual([])
    expect(seenWith(exampleContainer(), folders)).toEqual(exampleContainer())
  })
})
