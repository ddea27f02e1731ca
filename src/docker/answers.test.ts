import { expect, test } from 'vitest'
import { readContainer, readEngine, readImage, readVolume, readVolumeSizes } from './answers.ts'

test('a volume is read as docker describes it, and what is null there is empty here', () => {
  const answer = {
    Name: 'pgdata',
    Driver: 'local',
    Options: null,
    Labels: null,
    CreatedAt: '2026-11-23T07:11:55Z',
    Mountpoint: '/m',
  }
  expect(readVolume(answer)).toEqual({
    name: 'pgdata',
    driver: 'local',
    options: {},
    labels: {},
    createdAt: '2026-11-23T07:11:55Z',
    mountpoint: '/m',
  })
  const options = { type: 'tmpfs' }
  expect(readVolume({ ...answer, Options: options, Labels: { a: '' } })).toMatchObject({
    options,
    labels: { a: '' },
  })
})

test('a container is read with its volumes and folders, without the slash before its name', () => {
  expect(
    readContainer({
      Id: 'abc',
      Name: '/shop-db-1',
      Image: 'sha256:1',
      Config: {
        Image: 'postgres:17',
        Labels: { x: 'y' },
        Env: ['PG_MAJOR=17', 'ODD=a=b', 'EMPTY=', 'BARE'],
        StopTimeout: 90,
      },
      State: {
        Status: 'paused',
        StartedAt: '2026-11-23T11:46:21.608989692Z',
        FinishedAt: '2026-11-23T11:46:20.1Z',
        ExitCode: 137,
        OOMKilled: true,
        Health: { Status: 'unhealthy' },
      },
      HostConfig: { RestartPolicy: { Name: 'always' }, AutoRemove: true },
      Mounts: [
        { Type: 'volume', Name: 'pgdata', Destination: '/data', RW: true },
        { Type: 'volume', Name: 'conf', Destination: '/conf', RW: false },
        { Type: 'bind', Source: '/etc', Destination: '/etc', RW: true },
      ],
    }),
  ).toEqual({
    id: 'abc',
    name: 'shop-db-1',
    image: 'postgres:17',
    imageId: 'sha256:1',
    state: 'paused',
    labels: { x: 'y' },
    environment: { PG_MAJOR: '17', ODD: 'a=b', EMPTY: '', BARE: '' },
    mounts: [
      { volume: 'pgdata', destination: '/data', readOnly: false },
      { volume: 'conf', destination: '/conf', readOnly: true },
    ],
    binds: [{ source: '/etc', destination: '/etc', readOnly: false }],
    startedAt: '2026-11-23T11:46:21.608989692Z',
    finishedAt: '2026-11-23T11:46:20.1Z',
    exitCode: 137,
    outOfMemory: true,
    health: 'unhealthy',
    restartPolicy: 'always',
    autoRemove: true,
    stopTimeout: 90,
  })
})

test('a mount of which it is not said whether it can be written is taken for one that can', () => {
  const mounts = [{ Type: 'volume', Name: 'v', Destination: '/v' }]
  expect(readContainer({ Mounts: mounts }).mounts).toMatchObject([{ readOnly: false }])
})

test.each([null, undefined, 'text', 7, [], {}])('nothing is made up of an answer like %j', (answer) => {
  expect(readContainer(answer)).toMatchObject({ id: '', name: '', mounts: [], labels: {} })
  expect(readVolume(answer)).toMatchObject({ name: '', options: {} })
  expect(readImage(answer)).toEqual({
    id: '',
    repositoryDigests: [],
    environment: {},
    entrypoint: [],
    command: [],
    volumes: [],
  })
  expect(readEngine(answer, '').id).toBe('')
  expect([...readVolumeSizes(answer)]).toEqual([])
})

test('sizes are read in docker’s decimal units, and left out where the engine does not know them', () => {
  const sizes = ['0B', '12B', '1.5kB', '1.24GB', '3TB', 'N/A', '-1', '', '1.2XB'].map((Size, index) => ({
    Name: `v${index}`,
    Size,
  }))
  expect([...readVolumeSizes({ Volumes: sizes }).values()]).toEqual([0, 12, 1500, 1_240_000_000, 3e12])
})
