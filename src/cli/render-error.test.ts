import { expect, test } from 'vitest'

import { VolError } from '../errors.ts'
import { OutputClosed } from './output-closed.ts'
import { renderError } from './render-error.ts'

const quiet = { debug: false, version: '1.2.3', interrupted: false }

test('an error says what failed, quotes docker, and says what to do next', () => {
  const error = new VolError('VOLUME_NOT_FOUND', 'There is no volume "x".', {
    output: 'Error response from daemon: get x: no such volume\nmore\n',
  })
  expect(renderError(error, quiet)).toEqual({
    exit: 4,
    text: `Error: There is no volume "x".

  Error response from daemon: get x: no such volume
  more

docker vol ls shows the volumes there are.
`,
  })
})

test('why it failed is told when the message does not say it', () => {
  const cause = new Error('EACCES: permission denied')
  const { text } = renderError(
    new VolError('FAILED', 'The file cannot be read.', { cause, suggestions: [] }),
    quiet,
  )
  expect(text).toBe('Error: The file cannot be read.\n\n  EACCES: permission denied\n')
})

test('a message from elsewhere cannot move the cursor', () => {
  const error = new VolError('DOCKER_FAILED', 'a\u001b[2J', {
    output: '\u001b]0;x\u0007',
    suggestions: ['\u001b'],
  })
  expect(renderError(error, quiet).text).not.toContain('\u001b')
})

test('anything else is a bug, with a stack only for -D', () => {
  const { exit, text } = renderError(new TypeError('x is not a function'), quiet)
  expect(exit).toBe(1)
  expect(text).toContain('This is a bug in docker vol 1.2.3.')
  expect(text).not.toContain('    at ')
  expect(renderError(new TypeError('x'), { ...quiet, debug: true }).text).toContain('    at ')
})

test('a failed call of the operating system is no bug', () => {
  const error = Object.assign(new Error('EACCES: permission denied, open'), {
    code: 'EACCES',
    syscall: 'open',
  })
  expect(renderError(error, quiet)).toEqual({ exit: 1, text: 'Error: EACCES: permission denied, open\n' })
})

test('a full disk has its own exit code', () => {
  const error = Object.assign(new Error('ENOSPC: no space left'), { code: 'ENOSPC', syscall: 'write' })
  expect(renderError(error, quiet).exit).toBe(7)
})

test('an interrupt is 130, and a reader who has gone is told nothing', () => {
  const abort = new DOMException('This operation was aborted', 'AbortError')
  expect(renderError(abort, { ...quiet, interrupted: true })).toEqual({ exit: 130, text: 'Interrupted.\n' })
  expect(renderError(new OutputClosed(), quiet)).toEqual({ exit: 0, text: '' })
})

test('of several errors all are told and the first decides', () => {
  const both = new AggregateError([new VolError('NO_SPACE', 'Full.'), new VolError('BUSY', 'Busy.')])
  const { exit, text } = renderError(both, quiet)
  expect(exit).toBe(7)
  expect(text).toMatch(/Full\.[^]*Busy\./)
})
