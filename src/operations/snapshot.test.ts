import { describe, expect, test } from 'vitest'
import { exampleContainer, exampleObserved, exampleVolume } from '../examples.ts'
import type { VolumeToCopy } from './consistency.ts'
import { planExport, planSnapshot } from './snapshot.ts'

const auto = { consistency: 'auto' } as const

function used(name: string, more: Partial<VolumeToCopy> = {}): VolumeToCopy {
  const mounts = [{ volume: name, destination: '/data', readOnly: false }]
  return {
    ...exampleObserved({
      volume: exampleVolume({ name }),
      consumers: [exampleContainer({ id: `uses-${name}`, name: `uses-${name}`, mounts })],
    }),
    ...more,
  }
}

describe('a plan of several snapshots', () => {
  test('takes idle volumes in the order in which they were named', () => {
    const a = exampleObserved({ volume: exampleVolume({ name: 'aa' }) })
    const b = exampleObserved({ volume: exampleVolume({ name: 'bb' }) })
    expect(planSnapshot([b, a], auto).steps).toMatchObject([
      { do: 'snapshot', observed: b, method: 'idle' },
      { do: 'snapshot', observed: a, method: 'idle' },
    ])
  })

  test('says of each to which set of a project it belongs', () => {
    const set = { id: '20261123T071150Z-0001', project: 'shop', volumes: ['aa', 'idle'] }
    const idle = exampleObserved({ volume: exampleVolume({ name: 'idle' }) })
    expect(planSnapshot([used('aa'), idle], auto, set).steps).toMatchObject([
      { do: 'snapshot', set },
      { do: 'snapshot-held', set },
    ])
    for (const step of planSnapshot([used('aa'), idle], auto).steps) expect(step).not.toHaveProperty('set')
  })

  test('holds all that must be held once, at the end', () => {
    const idle = exampleObserved({ volume: exampleVolume({ name: 'idle' }) })
    const { steps } = planSnapshot([used('aa'), idle, used('bb')], { ...auto, maxSeconds: 7 })
    expect(steps).toMatchObject([
      { do: 'snapshot', observed: idle },
      {
        do: 'snapshot-held',
        hold: {
          how: 'pause',
          volumes: ['aa', 'bb'],
          maxSeconds: 7,
          containers: [{ name: 'uses-aa' }, { name: 'uses-bb' }],
        },
        volumes: [
          { observed: { volume: { name: 'aa' } }, method: 'paused', before: true },
          { observed: { volume: { name: 'bb' } }, method: 'paused', before: true },
        ],
      },
    ])
  })

  test('stops all when one must be stopped', () => {
    const onNetwork = used('nfs', {
      volume: exampleVolume({ name: 'nfs', options: { type: 'nfs', o: 'addr=nas' } }),
    })
    expect(planSnapshot([used('aa'), onNetwork], auto).steps).toMatchObject([
      {
        hold: { how: 'stop' },
        volumes: [
          { method: 'stopped', before: true },
          { method: 'stopped', before: false },
        ],
      },
    ])
  })

  test('fails as a whole when one volume cannot be taken as it is asked', () => {
    const idle = exampleObserved()
    expect(() => planSnapshot([idle, used('aa')], { consistency: 'native' })).toThrow(
      expect.objectContaining({ code: 'NOT_CONSISTENT' }),
    )
  })
})

test('files are never copied natively: they are held', () => {
  const container = exampleContainer()
  const plan = { database: 'valkey', container, path: '.', file: 'dump.rdb', bytes: 1 } as const
  const native = { possible: true, why: 'it can', plan } as const
  expect(planExport(used('aa', { native }), auto, '/x/a.tar').steps).toMatchObject([
    { do: 'export', method: 'paused', hold: { how: 'pause', volumes: ['aa'] } },
  ])
  expect(() => planExport(used('aa', { native }), { consistency: 'native' }, '/x/a.tar')).toThrow(
    expect.objectContaining({ code: 'USAGE' }),
  )
})

test.each([
  ['-', 'none'],
  ['/x/a.tar', 'none'],
  ['/x/a.tar.gz', 'gzip'],
  ['/x/a.tgz', 'gzip'],
  ['/x/a.tar.zst', 'zstd'],
  ['/x/a.tzst', 'zstd'],
])('an archive written to %s is compressed as its name says: %s', (output, compression) => {
  expect(planExport(exampleObserved(), { consistency: 'auto' }, output).steps).toMatchObject([
    { do: 'export', output, compression, method: 'idle' },
  ])
})

test.each(['/x/a', '/x/a.gz', '/x/tar', '/x/a.tar.xz', '/x/a.tar.gz.part'])(
  'an archive is not written to %s, whose kind nobody knows',
  (output) => {
    expect(() => planExport(exampleObserved(), { consistency: 'auto' }, output)).toThrow(
      expect.objectContaining({ code: 'USAGE', exit: 2 }),
    )
  },
)
