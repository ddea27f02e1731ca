import { expect, test } from 'vitest'
import { readInspectedContainer, readInspectedImage } from './inspection.ts'

test('every mount of a container must be read, with the part of a volume that is mounted', () => {
  const { allMounts, mounts, user, command } = readInspectedContainer({
    Name: '/app',
    Config: { User: '1000:1000', Cmd: ['serve'], Entrypoint: null },
    HostConfig: {
      Tmpfs: { '/scratch': 'size=64m,ro' },
      Mounts: [{ Type: 'volume', Source: 'data', Target: '/data', VolumeOptions: { Subpath: 'mine' } }],
    },
    Mounts: [
      { Type: 'volume', Name: 'data', Source: '/var/lib/…/_data', Destination: '/data', Mode: 'z', RW: true },
      { Type: 'bind', Source: '/srv', Destination: '/srv', Mode: 'ro,Z', RW: false },
      { Type: 'npipe', Source: 'x', Destination: '/x', Mode: '', RW: true },
    ],
  })
  expect([user, command]).toEqual(['1000:1000', ['serve']])
  expect(mounts).toEqual([{ volume: 'data', destination: '/data', readOnly: false }])
  expect(allMounts).toEqual([
    { type: 'volume', source: 'data', destination: '/data', readOnly: false, mode: 'z', subpath: 'mine' },
    { type: 'bind', source: '/srv', destination: '/srv', readOnly: true, mode: 'ro,Z', subpath: '' },
    { type: 'other', source: 'x', destination: '/x', readOnly: false, mode: '', subpath: '' },
    { type: 'tmpfs', source: '', destination: '/scratch', readOnly: true, mode: 'size=64m,ro', subpath: '' },
  ])
})

test('an image must be read with its names and volumes, also one that has none', () => {
  expect(
    readInspectedImage({
      Id: 'sha256:1',
      RepoTags: ['postgres:17'],
      RepoDigests: ['postgres@sha256:2'],
      Config: { Volumes: { '/data': {} }, Env: ['A=b=c'], Cmd: ['postgres'], Entrypoint: ['run'] },
    }),
  ).toEqual({
    id: 'sha256:1',
    references: ['postgres:17', 'postgres@sha256:2'],
    volumes: ['/data'],
    environment: { A: 'b=c' },
    command: ['postgres'],
    entrypoint: ['run'],
  })
  expect(readInspectedImage({ Id: 'sha256:1', RepoTags: null, Config: null })).toMatchObject({
    references: [],
    volumes: [],
  })
})
