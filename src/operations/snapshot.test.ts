import { describe, expect, test } from 'vitest'
import type { ContainerState } from '../facts.ts'
import { exampleContainer, exampleObserved, exampleVolume } from '../examples.ts'
import { chooseMethod, listed, planExport, planSnapshot } from './snapshot.ts'

const writing = exampleContainer({ name: 'db' })
const reading = exampleContainer({
  name: 'web',
  mounts: [{ volume: 'pgdata', destination: '/data', readOnly: true }],
})
const stopped = exampleContainer({ name: 'old', state: 'exited' })

describe('a volume that a container could write', () => {
  const alive: readonly ContainerState[] = ['running', 'paused', 'restarting', 'removing']
  test.each(alive)('is refused while the container is %s', (state) => {
    const observed = exampleObserved({ consumers: [exampleContainer({ state })] })
    expect(() => chooseMethod(observed, 'auto')).toThrow(
      expect.objectContaining({ code: 'VOLUME_IN_USE', exit: 5 }),
    )
  })

  const dead: readonly ContainerState[] = ['created', 'exited', 'dead']
  test.each(dead)('is idle while the container is %s', (state) => {
    const observed = exampleObserved({ consumers: [exampleContainer({ state })] })
    expect(chooseMethod(observed, 'auto').method).toBe('idle')
  })

  test('is refused when another of its mounts is writable, whichever comes first', () => {
    const both = [...reading.mounts, ...writing.mounts]
    for (const mounts of [both, both.toReversed()])
      expect(() =>
        chooseMethod(exampleObserved({ consumers: [exampleContainer({ mounts })] }), 'auto'),
      ).toThrow(expect.objectContaining({ code: 'VOLUME_IN_USE' }))
  })

  test('is idle when only another volume of the container is writable', () => {
    const mounts = [...reading.mounts, { volume: 'other', destination: '/o', readOnly: false }]
    expect(chooseMethod(exampleObserved({ consumers: [exampleContainer({ mounts })] }), 'auto').method).toBe(
      'idle',
    )
  })

  test('tells whom to stop, and how to take the risk', () => {
    const observed = exampleObserved({ consumers: [writing, reading, exampleContainer({ name: 'app' })] })
    expect(() => chooseMethod(observed, 'auto')).toThrow(
      expect.objectContaining({
        message:
          'The volume "pgdata" can be written meanwhile by containers "db" and "app"; a copy of a running database is no backup.',
        suggestions: [
          'docker stop db app, then try again.',
          'Add --consistency live to copy it all the same; files that change meanwhile are named.',
        ],
      }),
    )
  })

  test('is copied live when that is asked for', () => {
    expect(chooseMethod(exampleObserved({ consumers: [writing, reading] }), 'live')).toEqual({
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

test('a volume that another docker vol command writes is refused, also live', () => {
  const observed = exampleObserved({ helpers: [exampleContainer({ name: 'docker-vol-write-pgdata' })] })
  for (const wanted of ['auto', 'live'] as const)
    expect(() => chooseMethod(observed, wanted)).toThrow(expect.objectContaining({ code: 'BUSY', exit: 5 }))
})

test('a volume that another docker vol command reads can be read', () => {
  const observed = exampleObserved({ helpers: [{ ...reading, name: 'docker-vol-read-pgdata-1' }] })
  expect(chooseMethod(observed, 'auto').method).toBe('idle')
})

test('volumes are taken in the order in which they were named, and one that cannot be stops all', () => {
  const a = exampleObserved({ volume: exampleVolume({ name: 'aa' }) })
  const b = exampleObserved({ volume: exampleVolume({ name: 'bb' }) })
  expect(
    planSnapshot([b, a], 'auto').steps.map((step) => 'observed' in step && step.observed.volume.name),
  ).toEqual(['bb', 'aa'])
  const busy = exampleObserved({ consumers: [writing] })
  expect(() => planSnapshot([a, busy], 'auto')).toThrow(expect.objectContaining({ code: 'VOLUME_IN_USE' }))
})

test.each([
  ['-', 'none'],
  ['/x/a.tar', 'none'],
  ['/x/a.tar.gz', 'gzip'],
  ['/x/a.tgz', 'gzip'],
  ['/x/a.tar.zst', 'zstd'],
  ['/x/a.tzst', 'zstd'],
])('an archive written to %s is compressed as its name says: %s', (output, compression) => {
  expect(planExport(exampleObserved(), 'auto', output).steps).toMatchObject([
    { do: 'export', output, compression, method: 'idle' },
  ])
})

test.each(['/x/a', '/x/a.gz', '/x/tar', '/x/a.tar.xz', '/x/a.tar.gz.part'])(
  'an archive is not written to %s, whose kind nobody knows',
  (output) => {
    expect(() => planExport(exampleObserved(), 'auto', output)).toThrow(
      expect.objectContaining({ code: 'USAGE', exit: 2 }),
    )
  },
)

test('containers are listed as one says them', () => {
  const [a, b, c] = ['a', 'b', 'c'].map((name) => exampleContainer({ name }))
  const known = [a, b, c].filter((each) => each !== undefined)
  expect(listed(known.slice(0, 1))).toBe('container "a"')
  expect(listed(known.slice(0, 2))).toBe('containers "a" and "b"')
  expect(listed(known)).toBe('containers "a", "b" and "c"')
})
