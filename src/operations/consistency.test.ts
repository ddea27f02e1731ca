import { describe, expect, test } from 'vitest'
import type { ContainerState } from '../facts.ts'
import { exampleContainer, exampleObserved, exampleVolume } from '../examples.ts'
import {
  canBeCopiedBefore,
  chooseMethod,
  consistencies,
  holdFor,
  listed,
  longestPause,
  mustLookInside,
  type VolumeToCopy,
} from './consistency.ts'

const writing = exampleContainer({ name: 'db' })
const reading = exampleContainer({
  name: 'web',
  mounts: [{ volume: 'pgdata', destination: '/data', readOnly: true }],
})
const stopped = exampleContainer({ name: 'old', state: 'exited' })
const native: NonNullable<VolumeToCopy['native']> = {
  possible: true,
  why: 'pg_basebackup copies it while it runs',
  plan: { database: 'valkey', container: writing, path: '.', file: 'dump.rdb', bytes: 1 },
}

describe('a volume that a container could write', () => {
  const alive: readonly ContainerState[] = ['running', 'paused', 'restarting', 'removing']
  test.each(alive)('is held while the container is %s', (state) => {
    const observed = exampleObserved({ consumers: [exampleContainer({ state })] })
    expect(chooseMethod(observed, 'auto').method).toBe('paused')
  })

  const dead: readonly ContainerState[] = ['created', 'exited', 'dead']
  test.each(dead)('is idle while the container is %s', (state) => {
    const observed = exampleObserved({ consumers: [exampleContainer({ state })] })
    for (const wanted of ['auto', 'native', 'stop', 'pause'] as const)
      expect(chooseMethod(observed, wanted).method).toBe('idle')
  })

  test('is held when another of its mounts is writable, whichever comes first', () => {
    const both = [...reading.mounts, ...writing.mounts]
    for (const mounts of [both, both.toReversed()])
      expect(
        chooseMethod(exampleObserved({ consumers: [exampleContainer({ mounts })] }), 'auto').method,
      ).toBe('paused')
  })

  test('is idle when only another volume of the container is writable', () => {
    const mounts = [...reading.mounts, { volume: 'other', destination: '/o', readOnly: false }]
    expect(chooseMethod(exampleObserved({ consumers: [exampleContainer({ mounts })] }), 'auto').method).toBe(
      'idle',
    )
  })

  test('is copied natively where that is possible, and says why', () => {
    const observed = { ...exampleObserved({ consumers: [writing] }), native }
    for (const wanted of ['auto', 'native'] as const)
      expect(chooseMethod(observed, wanted)).toMatchObject({ method: 'native', why: native.why })
    expect(chooseMethod(observed, 'pause').method).toBe('paused')
    expect(chooseMethod(observed, 'stop').method).toBe('stopped')
  })

  test('is held where no native backup is possible, and says why not', () => {
    const observed: VolumeToCopy = {
      ...exampleObserved({ consumers: [writing, exampleContainer({ name: 'app' })] }),
      native: { possible: false, why: 'replication is not allowed' },
    }
    expect(chooseMethod(observed, 'auto')).toEqual({
      method: 'paused',
      why: 'containers "db" and "app" can write it; replication is not allowed',
    })
    expect(() => chooseMethod(observed, 'native')).toThrow(
      expect.objectContaining({ code: 'NOT_CONSISTENT', exit: 8 }),
    )
  })

  test.each([
    [{ driver: 'local', options: { type: 'nfs', device: ':/x', o: 'addr=nas' } }, 'nfs'],
    [{ driver: 'local', options: { type: 'cifs', device: '//nas/x' } }, 'cifs'],
    [{ driver: 'rexray/ebs', options: {} }, 'the volume driver "rexray/ebs"'],
  ])('is stopped, not paused, on a network: %j', (changes, named) => {
    const observed = exampleObserved({ volume: exampleVolume(changes), consumers: [writing] })
    const choice = chooseMethod(observed, 'auto')
    expect(choice.method).toBe('stopped')
    expect(choice.why).toContain(`on ${named} a paused container may keep`)
  })

  test('is copied live when that is asked for', () => {
    for (const wanted of ['live', 'none'] as const)
      expect(chooseMethod(exampleObserved({ consumers: [writing, reading] }), wanted)).toEqual({
        method: 'live',
        why: 'asked for, while container "db" may write it',
      })
  })
})

describe('why a volume is idle', () => {
  test.each([
    ['no container mounts it', []],
    ['the running container "web" can only read it', [reading, stopped]],
    ['container "old" is not running', [stopped]],
    [
      'containers "old" and "older" are not running',
      [stopped, exampleContainer({ name: 'older', state: 'dead' })],
    ],
  ])('%s', (why, consumers) => {
    expect(chooseMethod(exampleObserved({ consumers }), 'auto')).toEqual({ method: 'idle', why })
  })

  test('a live copy that nobody can disturb says so', () => {
    expect(chooseMethod(exampleObserved({ consumers: [reading] }), 'live').why).toBe(
      'asked for, though no running container has it writable',
    )
  })
})

test('a volume that another docker vol command writes is refused, whatever is asked for', () => {
  const observed = exampleObserved({ helpers: [exampleContainer({ name: 'docker-vol-write-pgdata' })] })
  for (const wanted of consistencies)
    expect(() => chooseMethod(observed, wanted)).toThrow(expect.objectContaining({ code: 'BUSY', exit: 5 }))
})

test('a volume that another docker vol command reads can be read', () => {
  const observed = exampleObserved({ helpers: [{ ...reading, name: 'docker-vol-read-pgdata-1' }] })
  expect(chooseMethod(observed, 'auto').method).toBe('idle')
})

test('only the contents of what somebody can write matter', () => {
  expect(mustLookInside(exampleObserved({ consumers: [reading, stopped] }), 'auto')).toBe(false)
  expect(mustLookInside(exampleObserved({ consumers: [writing] }), 'auto')).toBe(true)
  expect(mustLookInside(exampleObserved({ consumers: [writing] }), 'live')).toBe(false)
})

test.each([
  [{}, true],
  [{ options: { type: 'none', o: 'bind', device: '/srv/data' } }, true],
  [{ options: { type: 'tmpfs', device: 'tmpfs' } }, false],
  [{ options: { type: 'nfs', o: 'addr=nas' } }, false],
  [{ driver: 'other' }, false],
])('times of change can be trusted, of a volume with %j: %s', (changes, trusted) => {
  expect(canBeCopiedBefore(exampleObserved({ volume: exampleVolume(changes) }))).toBe(trusted)
})

test('a hold is of everybody who can write one of the volumes, each once, and a pause of bounded length', () => {
  const other = exampleVolume({ name: 'other' })
  const both = exampleContainer({
    id: 'both',
    mounts: ['pgdata', 'other'].map((volume) => ({ volume, destination: `/${volume}`, readOnly: false })),
  })
  const volumes = [
    exampleObserved({ consumers: [both, reading, stopped] }),
    exampleObserved({ volume: other, consumers: [both] }),
  ]
  const pause = holdFor(volumes, 'paused', undefined)
  expect(pause.containers.map(({ id }) => id)).toEqual(['both'])
  expect(pause).toMatchObject({ volumes: ['pgdata', 'other'], how: 'pause', maxSeconds: longestPause })
  expect(holdFor(volumes, 'stopped', undefined).maxSeconds).toBeUndefined()
  expect(holdFor(volumes, 'stopped', 5)).toMatchObject({ how: 'stop', maxSeconds: 5 })
})

test('a known database has a minute to end', () => {
  const observed: VolumeToCopy = {
    ...exampleObserved({ consumers: [writing] }),
    databases: [{ kind: 'postgres', path: '.', recognisedBy: 'files', details: {} }],
  }
  expect(holdFor([observed], 'stopped', undefined).containers[0]?.graceSeconds).toBe(60)
})

test('containers are listed as one says them', () => {
  const [a, b, c] = ['a', 'b', 'c'].map((name) => exampleContainer({ name }))
  const known = [a, b, c].filter((each) => each !== undefined)
  expect(listed(known.slice(0, 1))).toBe('container "a"')
  expect(listed(known.slice(0, 2))).toBe('containers "a" and "b"')
  expect(listed(known)).toBe('containers "a", "b" and "c"')
})
