import { describe, expect, test } from 'vitest'
import { exampleContainer, exampleObserved, exampleVolume } from '../examples.ts'
import { exampleId, exampleSnapshot } from '../snapshots/examples.ts'
import { overviewOf, volumeFilters, type Overview } from './overview.ts'

const project = 'com.docker.compose.project'
const service = 'com.docker.compose.service'

test('volumes come in the order of their names, each with its own snapshots, sizes and services', () => {
  const web = exampleContainer({ name: 'web', labels: { [service]: 'web' } })
  const db = exampleContainer({ name: 'db', labels: { [service]: 'db' } })
  const found = overviewOf(
    [
      exampleObserved({
        volume: exampleVolume({ name: 'uploads', labels: { [project]: 'shop' } }),
        consumers: [web, db, web],
      }),
      exampleObserved({ volume: exampleVolume({ name: 'pgdata' }) }),
    ],
    [
      exampleSnapshot(exampleId(1), 'uploads'),
      exampleSnapshot(exampleId(2), 'uploads'),
      exampleSnapshot(exampleId(3), 'gone'),
    ],
    new Map([['uploads', 5]]),
  )
  expect(found).toMatchObject([
    { volume: { name: 'pgdata' }, project: undefined, services: [], snapshots: [], size: undefined },
    {
      volume: { name: 'uploads' },
      project: 'shop',
      services: ['db', 'web'],
      snapshots: [{ id: exampleId(1) }, { id: exampleId(2) }],
      size: 5,
    },
  ])
})

describe('filters of ls', () => {
  const [used, unused] = overviewOf(
    [
      exampleObserved({
        volume: exampleVolume({ name: 'a-data', labels: { [project]: 'shop', x: 'a=b', empty: '' } }),
        consumers: [exampleContainer({ state: 'exited' })],
      }),
      exampleObserved({ volume: exampleVolume({ name: 'b-logs', driver: 'rexray' }) }),
    ],
    [],
  )
  const passing = (key: string, value: string) =>
    [used, unused]
      .filter((each): each is Overview => each !== undefined && (volumeFilters[key]?.(each, value) ?? false))
      .map(({ volume }) => volume.name)

  test.each([
    ['name', 'data', ['a-data']],
    ['name', '-', ['a-data', 'b-logs']],
    ['driver', 'rexray', ['b-logs']],
    ['driver', 'rex', []],
    ['project', 'shop', ['a-data']],
    ['project', 'sho', []],
    ['dangling', 'true', ['b-logs']],
    ['dangling', '1', ['b-logs']],
    ['dangling', 'false', ['a-data']],
    ['label', 'x', ['a-data']],
    ['label', 'x=a=b', ['a-data']],
    ['label', 'x=a', []],
    ['label', 'empty=', ['a-data']],
    ['label', 'toString', []],
  ])('%s=%s', (key, value, names) => {
    expect(passing(key, value)).toEqual(names)
  })
})
