import { describe, expect, test } from 'vitest'
import { exampleContainer, exampleVolume } from '../examples.ts'
import { volumesOfProject, type ProjectRequest } from './project-volumes.ts'

const ofProject = (project: string, service: string) => ({
  'com.docker.compose.project': project,
  'com.docker.compose.service': service,
})
const mount = (volume: string) => ({ volume, destination: `/${volume}`, readOnly: false })
const made = (name: string) =>
  exampleVolume({ name, labels: { 'com.docker.compose.project': 'shop', 'com.docker.compose.volume': name } })

const request: ProjectRequest = {
  name: 'shop',
  services: [],
  containers: [
    exampleContainer({ name: 'shop-db-1', labels: ofProject('shop', 'db'), mounts: [mount('shop_data')] }),
    exampleContainer({
      name: 'shop-web-1',
      labels: ofProject('shop', 'web'),
      mounts: [mount('uploads'), mount('a1b2')],
    }),
    exampleContainer({ name: 'other', labels: ofProject('wiki', 'app'), mounts: [mount('uploads')] }),
  ],
  volumes: [
    made('shop_data'),
    made('shop_old'),
    exampleVolume({ name: 'uploads' }),
    exampleVolume({ name: 'a1b2', labels: { 'com.docker.volume.anonymous': '' } }),
    exampleVolume({ name: 'wiki_data' }),
  ],
}

describe('the volumes of a project that the engine alone tells of', () => {
  test('are those that its containers mount, shared and anonymous ones too, and those that it made', () => {
    const { volumes, notes } = volumesOfProject(request)
    expect(volumes).toEqual(['shop_data', 'uploads', 'a1b2', 'shop_old'])
    expect(notes).toEqual(['uploads is external to the project.', 'uploads is also used by "other".'])
  })

  test('come with the folders of its databases when these are asked for; else it is said that they are not', () => {
    const folder = { path: '/srv/pgdata', service: 'db', destination: '/data' }
    const folders = new Map([['shop_db_data', folder]])
    const without = volumesOfProject({ ...request, folders })
    expect(without.volumes).not.toContain('shop_db_data')
    expect(without.notes.at(-1)).toMatch(
      /^db keeps its data in \/srv\/pgdata, .* not covered; --include-binds/,
    )
    const included = volumesOfProject({ ...request, folders, includeFolders: true })
    expect(included.volumes).toEqual([...without.volumes, 'shop_db_data'])
    expect(included.notes.at(-1)).toBe('shop_db_data is /srv/pgdata of db, a bind mount.')
  })

  test('are fewer for one service', () => {
    expect(volumesOfProject({ ...request, services: ['db'] }).volumes).toEqual(['shop_data'])
  })

  test('are an error for a service that is not there', () => {
    expect(() => volumesOfProject({ ...request, services: ['dbb'] })).toThrow(
      expect.objectContaining({ code: 'USAGE' }),
    )
  })

  test('are an error when there is none', () => {
    expect(() => volumesOfProject({ ...request, name: 'nobody' })).toThrow(
      expect.objectContaining({ code: 'VOLUME_NOT_FOUND', exit: 4 }),
    )
  })
})
