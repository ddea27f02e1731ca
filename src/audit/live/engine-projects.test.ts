import { expect, test } from 'vitest'
import { VolError } from '../../errors.ts'
import { loadExample } from '../examples.ts'
import { projectsOf, readEngineProjects } from './engine-projects.ts'

const compose = 'com.docker.compose'

const made = (project: string, service: string, files: string, startedAt = '2026-01-01T00:00:00Z') => ({
  labels: {
    [`${compose}.project`]: project,
    [`${compose}.service`]: service,
    [`${compose}.project.config_files`]: files,
  },
  startedAt,
})

test('a project is what its newest container notes of it', () => {
  const found = projectsOf([
    made('shop', 'db', '/old/compose.yaml'),
    made('shop', 'app', '/srv/shop/compose.yaml,/srv/shop/more.yaml', '2026-02-01T00:00:00Z'),
    { labels: {}, startedAt: '' },
    made('blog', 'app', ''),
  ])
  expect(found).toEqual([
    { name: 'blog', files: [], environmentFiles: [], services: new Set(['app']) },
    {
      name: 'shop',
      files: ['/srv/shop/compose.yaml', '/srv/shop/more.yaml'],
      environmentFiles: [],
      services: new Set(['db', 'app']),
    },
  ])
})

test('files that are not here, cannot be read or describe something else are said to be so', async () => {
  const projects = projectsOf([
    made('piped', 'app', '-'),
    made('unnoted', 'app', ''),
    made('elsewhere', 'app', 'C:\\shop\\compose.yaml'),
    made('gone', 'app', '/gone.yaml'),
    made('closed', 'app', '/closed.yaml'),
    made('replaced', 'web', '/here.yaml'),
    made('here', 'app', '/here.yaml'),
  ])
  const read = await readEngineProjects(projects, async ({ name }) => {
    if (name === 'gone') throw new VolError('FAILED', 'There is no file "/gone.yaml".')
    if (name === 'closed') throw Object.assign(new Error('EACCES: permission denied'), { code: 'EACCES' })
    const { project } = await loadExample({ compose: `name: ${name}\nservices:\n  app:\n    image: a:1\n` })
    return { project, resolvedBy: 'compose', notes: ['TAG is set nowhere.'] }
  })
  expect(read.projects.map(({ project }) => project.name)).toEqual(['here'])
  const why = 'were not read, only its containers looked at:'
  expect(read.notes).toEqual([
    `The files of the project "closed" ${why} EACCES: permission denied.`,
    `The files of the project "elsewhere" ${why} "C:\\shop\\compose.yaml" is no file of this machine.`,
    `The files of the project "gone" ${why} There is no file "/gone.yaml".`,
    'Of the project "here": TAG is set nowhere.',
    `The files of the project "piped" ${why} "-" is no file of this machine.`,
    `The files of the project "replaced" ${why} /here.yaml does not describe them.`,
    `The files of the project "unnoted" ${why} Compose did not note which those are.`,
  ])
})

async function broken(): Promise<never> {
  throw new TypeError('ours')
}

test('an error that is ours is not hidden', async () => {
  const projects = projectsOf([made('shop', 'app', '/compose.yaml')])
  await expect(readEngineProjects(projects, broken)).rejects.toThrow('ours')
})
