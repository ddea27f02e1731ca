import { expect, test } from 'vitest'
import { exampleContainer } from '../../examples.ts'
import { composeOrigins } from './origin.ts'

const label = (values: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(values).map(([key, value]) => [`com.docker.compose.${key}`, value]))

test('projects must be told by the labels of their containers, the newest one knowing where the files are', () => {
  const db = {
    project: 'shop',
    service: 'db',
    'project.working_dir': '/old',
    'project.config_files': '/old/compose.yaml',
  }
  const backup = {
    project: 'shop',
    service: 'backup',
    'project.working_dir': '/new',
    'project.config_files': '/new/compose.yaml,/new/compose.prod.yaml',
    'project.environment_file': '/new/prod.env',
  }
  const origins = composeOrigins([
    exampleContainer({ labels: label(db), startedAt: '2026-01-01T00:00:00Z' }),
    exampleContainer({ labels: label(backup), startedAt: '2026-01-02T00:00:00Z' }),
    exampleContainer({ labels: label(db), startedAt: '2026-01-01T00:00:00Z' }),
    exampleContainer({ labels: {} }),
  ])
  expect(origins).toEqual([
    {
      project: 'shop',
      services: ['db', 'backup'],
      directory: '/new',
      files: ['/new/compose.yaml', '/new/compose.prod.yaml'],
      environmentFiles: ['/new/prod.env'],
    },
  ])
})

test('files that came through standard input must not be looked for', () => {
  const labels = label({ project: 'shop', service: 'db', 'project.config_files': '-' })
  expect(composeOrigins([exampleContainer({ labels })])[0]?.files).toEqual([])
})
