import { describe, expect, test } from 'vitest'
import type { ContainerState } from '../facts.ts'
import { exampleContainer, exampleObserved, exampleVolume } from '../examples.ts'
import { exampleId, exampleSnapshot } from '../snapshots/examples.ts'
import type { SnapshotConfig, StoredSnapshot } from '../snapshots/format.ts'
import { isDestructive } from '../plan/step.ts'
import { meanwhile, planImport, planRestore, planRestorePaths, type Target } from './restore.ts'

function snapshotOf(volume: Partial<SnapshotConfig['volume']>): StoredSnapshot {
  const snapshot = exampleSnapshot(exampleId(1))
  return { ...snapshot, config: { ...snapshot.config, volume: { ...snapshot.config.volume, ...volume } } }
}

const snapshot = snapshotOf({})
const absent: Target = { name: 'pgdata', observed: undefined, empty: false }
const empty: Target = { name: 'pgdata', observed: exampleObserved(), empty: true }
const full: Target = { name: 'pgdata', observed: exampleObserved(), empty: false }

describe('where a snapshot goes', () => {
  test('into a new volume when there is none', () => {
    expect(planRestore(snapshot, absent).steps).toMatchObject([
      {
        do: 'restore',
        volume: 'pgdata',
        replace: false,
        make: { name: 'pgdata' },
        why: 'there is no volume of this name',
      },
    ])
  })

  test('into an empty volume, which may not be filled meanwhile', () => {
    const [step] = planRestore(snapshot, empty).steps
    expect(step).toMatchObject({ replace: false, why: 'the volume is there and empty' })
    expect(step).not.toHaveProperty('make')
  })

  test('over a volume that nothing runs on, which is to be asked about', () => {
    const [step] = planRestore(snapshot, full).steps
    expect(step).toMatchObject({ replace: true })
    expect(step).not.toHaveProperty('make')
  })

  test('into a volume with containers that run, which are stopped meanwhile, at least a minute to end', () => {
    const mounts = [{ volume: 'pgdata', destination: '/data', readOnly: true }]
    const consumers = [
      exampleContainer({ name: 'db' }),
      exampleContainer({ id: 'beef', name: 'old', state: 'exited' }),
      exampleContainer({ id: 'cafe', name: 'reader', mounts, state: 'restarting' }),
    ]
    for (const plan of [
      planRestore(snapshot, { ...full, observed: exampleObserved({ consumers }) }),
      planRestorePaths(snapshot, { ...full, observed: exampleObserved({ consumers }) }, ['etc']),
      planImport('-', { ...full, observed: exampleObserved({ consumers }) }, false),
    ]) {
      expect(plan.steps).toMatchObject([
        {
          why: expect.stringMatching(/containers "db" and "reader" .* stopped .* started again/),
          hold: { how: 'stop', writes: true, volumes: ['pgdata'] },
        },
      ])
      const [step] = plan.steps
      expect(step && 'hold' in step && step.hold?.containers).toMatchObject([
        { name: 'db', how: 'stop', graceSeconds: 60 },
        { name: 'reader', how: 'stop' },
      ])
      expect(step && isDestructive(step)).toBe(true)
      expect(meanwhile(plan)).toBe(
        ' Containers "db", "reader" will be stopped for a moment and started again.',
      )
    }
  })

  test.each([
    ['is paused', { state: 'paused' }],
    ['is being removed', { state: 'removing' }],
    ['would be gone once it is stopped', { autoRemove: true }],
  ] as const)('not into a volume with a container that %s', (_, changes) => {
    const observed = exampleObserved({ consumers: [exampleContainer(changes)] })
    expect(() => planRestore(snapshot, { ...full, observed })).toThrow(
      expect.objectContaining({ code: 'VOLUME_IN_USE' }),
    )
  })

  const over: readonly ContainerState[] = ['created', 'exited', 'dead']
  test.each(over)('into a volume with a container that is %s', (state) => {
    const observed = exampleObserved({ consumers: [exampleContainer({ state })] })
    expect(planRestore(snapshot, { ...full, observed }).steps).toHaveLength(1)
  })

  test('into a volume whose helper was made but never started', () => {
    const observed = exampleObserved({ helpers: [exampleContainer({ state: 'created' })] })
    expect(planRestore(snapshot, { ...full, observed }).steps).toHaveLength(1)
  })

  test('not into a volume at which another docker vol command is at work, be it reading', () => {
    const observed = exampleObserved({ helpers: [exampleContainer({ name: 'docker-vol-read-pgdata-1' })] })
    expect(() => planRestore(snapshot, { ...full, observed })).toThrow(
      expect.objectContaining({ code: 'BUSY' }),
    )
  })
})

describe('a volume that is made anew', () => {
  const labels = {
    mine: '1',
    'com.docker.compose.project': 'shop',
    'com.docker.compose.volume': 'pgdata',
    'com.docker.compose.config-hash': 'abc',
    'com.docker.volume.anonymous': '',
  }
  const options = { type: 'nfs', device: ':/export' }

  test('under its own name keeps driver, options and labels, but those that would have it emptied or pruned', () => {
    const [step] = planRestore(snapshotOf({ driver: 'rexray', options, labels }), absent).steps
    expect(step).toMatchObject({
      make: {
        name: 'pgdata',
        driver: 'rexray',
        options,
        labels: { mine: '1', 'com.docker.compose.project': 'shop', 'com.docker.compose.volume': 'pgdata' },
      },
    })
    expect(step && 'make' in step && Object.keys(step.make?.labels ?? {})).toEqual([
      'mine',
      'com.docker.compose.project',
      'com.docker.compose.volume',
    ])
  })

  test('under another name is a plain one that belongs to no project and does not lie where the first does', () => {
    const [step] = planRestore(snapshotOf({ driver: 'rexray', options, labels }), {
      ...absent,
      name: 'copy',
    }).steps
    expect(step && 'make' in step && step.make).toEqual({
      name: 'copy',
      driver: 'local',
      options: {},
      labels: { mine: '1' },
    })
  })

  test('is refused when its options held secrets, which the snapshot does not', () => {
    const secret = snapshotOf({ redactedOptions: ['o'] })
    expect(() => planRestore(secret, absent)).toThrow(
      expect.objectContaining({ code: 'VOLUME_CONFLICT', exit: 5 }),
    )
    expect(() => planRestorePaths(secret, absent, ['a'])).toThrow(
      expect.objectContaining({ code: 'VOLUME_CONFLICT' }),
    )
    expect(planRestore(secret, { ...absent, name: 'copy' }).steps).toHaveLength(1)
    expect(planRestore(secret, full).steps).toHaveLength(1)
  })

  test('for an archive of unknown origin is a plain one', () => {
    expect(planImport('/x.tar', absent, false).steps).toMatchObject([
      { make: { name: 'pgdata', driver: 'local', options: {}, labels: {} } },
    ])
  })
})

test('single files never replace a whole volume, and make one only where there is none', () => {
  expect(planRestorePaths(snapshot, full, ['etc', 'a b']).steps).toEqual([
    expect.objectContaining({ do: 'restore-paths', paths: ['etc', 'a b'], volume: 'pgdata' }),
  ])
  expect(planRestorePaths(snapshot, full, ['etc']).steps[0]).not.toHaveProperty('make')
  expect(planRestorePaths(snapshot, absent, ['etc']).steps[0]).toHaveProperty('make')
})

test('an archive is restored with device nodes only when that is allowed', () => {
  expect(planImport('-', full, false).steps).toMatchObject([
    { from: '-', allowDevices: false, replace: true },
  ])
  expect(planImport('-', full, true).steps).toMatchObject([{ allowDevices: true }])
})

test('the helper may be started from the images of those who use the volume now, then of those who did', () => {
  const now = exampleContainer({ state: 'exited', imageId: 'sha256:now' })
  const observed = exampleObserved({ volume: exampleVolume(), consumers: [now] })
  const [step] = planRestore(snapshot, { ...full, observed }).steps
  expect(step).toMatchObject({ images: ['sha256:now', `sha256:${'1'.repeat(64)}`, 'postgres:17'] })
})
