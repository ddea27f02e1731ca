import { expect, test } from 'vitest'
import { exampleContainer, exampleObserved, exampleVolume } from '../examples.ts'
import { planClone } from './clone.ts'

test('a clone is a plain volume with the labels of its source, but none of Compose and none that let it be pruned', () => {
  const volume = exampleVolume({
    driver: 'rexray',
    options: { device: '/dev/sdb1' },
    labels: { mine: '1', 'com.docker.compose.volume': 'x', 'com.docker.volume.anonymous': '' },
  })
  const [step] = planClone(exampleObserved({ volume }), 'copy', false, { consistency: 'auto' }).steps
  expect(step).toMatchObject({ do: 'clone', to: 'copy', method: 'idle', why: 'no container mounts it' })
  expect(step && 'make' in step && step.make).toEqual({
    name: 'copy',
    driver: 'local',
    options: {},
    labels: { mine: '1' },
  })
})

test('a clone never goes into a volume that is there', () => {
  expect(() => planClone(exampleObserved(), 'copy', true, { consistency: 'auto' })).toThrow(
    expect.objectContaining({ code: 'VOLUME_EXISTS', exit: 5 }),
  )
})

test.each(['', 'a', '-x', 'a/b', '../x'])('a clone is never called %j', (name) => {
  expect(() => planClone(exampleObserved(), name, false, { consistency: 'auto' })).toThrow(
    expect.objectContaining({ code: 'INVALID_NAME', exit: 2 }),
  )
})

test('a volume that is being written is held while it is cloned, unless the risk is taken', () => {
  const observed = exampleObserved({ consumers: [exampleContainer()] })
  expect(planClone(observed, 'copy', false, { consistency: 'auto' }).steps).toMatchObject([
    { method: 'paused', hold: { how: 'pause', containers: [{ name: 'db' }] } },
  ])
  expect(planClone(observed, 'copy', false, { consistency: 'live' }).steps).toMatchObject([
    { method: 'live' },
  ])
})
