import { expect, test } from 'vitest'
import { isShutDown, readControlData } from './control-data.ts'

test.each([
  ['shut down', true],
  ['shut down in recovery', false],
  ['in production', false],
])('a cluster whose state is "%s"', (state, isClean) => {
  const control = readControlData(
    `pg_control version number:            1300\nDatabase cluster state:               ${state}\n`,
  )
  expect(control.get('pg_control version number')).toBe('1300')
  expect(isShutDown(control)).toBe(isClean)
})

test('nothing is no clean end', () => {
  expect(isShutDown(readControlData(''))).toBe(false)
})
