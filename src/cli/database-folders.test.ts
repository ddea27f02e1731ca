import { describe, expect, test } from 'vitest'
import { exampleContainer, exampleVolume } from '../examples.ts'
import { checkVolumeName } from '../snapshots/volume-name.ts'
import { databaseFoldersOf, refuseFolders, type FoldersRequest } from './database-folders.ts'

const labels = (service: string) => ({
  'com.docker.compose.project': 'shop',
  'com.docker.compose.service': service,
})
const destination = '/var/lib/postgresql/data'
const db = exampleContainer({
  labels: labels('db'),
  mounts: [],
  binds: [
    { source: '/srv/shop/pgdata', destination, readOnly: false },
    { source: '/srv/shop/conf', destination: '/etc/conf', readOnly: true },
  ],
})
const web = exampleContainer({
  id: 'beef',
  name: 'web',
  image: 'nginx',
  labels: labels('web'),
  mounts: [],
  binds: [{ source: '/srv/shop/html', destination: '/html', readOnly: false }],
})
const request: FoldersRequest = {
  name: 'shop',
  services: [],
  containers: [db, web],
}
const here = { engine: { endpoint: 'unix:///var/run/docker.sock' }, volumes: [exampleVolume()] }

describe('folders of the host in which databases keep their data', () => {
  test('are known from the images of containers, and have names that a volume can have', () => {
    const folders = databaseFoldersOf(request)
    expect([...folders.values()]).toEqual([{ path: '/srv/shop/pgdata', service: 'db', destination }])
    const [name = ''] = folders.keys()
    expect(name).toMatch(/^shop_db_var-lib-postgresql-data_[0-9a-f]{8}$/)
    expect(checkVolumeName(name)).toBe(name)
    expect([...databaseFoldersOf({ ...request, containers: [db, { ...db, id: 'b' }] }).keys()]).toEqual([
      name,
    ])
  })

  test('are those of the project, and of the services that are named', () => {
    expect(databaseFoldersOf({ ...request, name: 'wiki' }).size).toBe(0)
    expect(databaseFoldersOf({ ...request, services: ['web'] }).size).toBe(0)
  })

  test('cannot be read on another machine', () => {
    const far = { ...here, engine: { endpoint: 'ssh://far' } }
    expect(() => refuseFolders(databaseFoldersOf(request), far)).toThrow(
      expect.objectContaining({ code: 'VOLUME_CONFLICT' }),
    )
    refuseFolders(databaseFoldersOf(request), here)
    refuseFolders(databaseFoldersOf({ ...request, containers: [web] }), far)
  })

  test('never have the name of a volume', () => {
    const folders = databaseFoldersOf(request)
    const volumes = [...folders.keys()].map((name) => exampleVolume({ name }))
    expect(() => refuseFolders(folders, { ...here, volumes })).toThrow(
      expect.objectContaining({ code: 'VOLUME_CONFLICT', exit: 5 }),
    )
  })
})
