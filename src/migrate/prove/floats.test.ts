import { expect, test } from 'vitest'
import { columnFormat, floatsBetween } from './floats.ts'

test('only between versions that print numbers otherwise are their bits compared', () => {
  expect(floatsBetween({ from: 11, to: 18 })).toBe('bits')
  expect(floatsBetween({ from: 10, to: 12 })).toBe('bits')
  expect(floatsBetween({ from: 12, to: 18 })).toBe('text')
  expect(floatsBetween({ from: 11, to: 11 })).toBe('text')
})

test('what is within a text of SQL has its quotes doubled', () => {
  expect(columnFormat('t', 'text')).not.toContain('float8')
  expect(columnFormat('t', 'bits')).toContain(`encode(float8send(%1$I), ''hex'')`)
})
