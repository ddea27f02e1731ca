import { expect, test } from 'vitest'
import { aContainer, aMount } from './example-parts.ts'
import { added, groupedByDirectory, worthKeeping, writtenFiles } from './written-files.ts'

test('directories that lead to others, and those that mounts are at, must not count as written', () => {
  const changes = [
    ...added('/srv', '/srv/data', '/srv/data/a', '/srv/data/b', '/mnt', '/mnt/volume', '/mnt/volume/below'),
    { kind: 'deleted' as const, path: '/gone' },
  ]
  const container = aContainer({ name: 'app', image: 'x', allMounts: [aMount('v:/mnt/volume/below')] })
  const seen = { ...container, layer: { changes, bytes: 1 } }
  expect(writtenFiles(seen)).toEqual(['/srv/data/a', '/srv/data/b'])
})

test.each([
  ['/tmp/x', false],
  ['/var/log/app.log', false],
  ['/run/app.pid', false],
  ['/etc/passwd', false],
  ['/home/app/.bash_history', false],
  ['/usr/lib/python3/x.pyc', false],
  ['/app/node_modules/x/index.js', false],
  ['/var/lib/dpkg/status', false],
  ['/srv/upload.jpg', true],
  ['/var/lib/app/state.json', true],
  ['/home/app/notes.txt', true],
  ['/app/data/app.db', true],
])('%s must be worth keeping or not: %j', (path, keep) => {
  expect(worthKeeping([path]).length > 0).toBe(keep)
})

test('many files must be told by their directories, those with most first', () => {
  const many = Array.from({ length: 12 }, (_, number) => `/srv/app/data/file${number}`)
  expect(groupedByDirectory([...many, '/opt/one'])).toBe('/srv/app/data (12 files), /opt/one')
  expect(groupedByDirectory(['/a/1', '/b/1', '/c/1', '/d/1', '/e/1'])).toMatch(/, 2 more directories$/)
})
