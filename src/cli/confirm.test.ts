import { PassThrough } from 'node:stream'

import { expect, test } from 'vitest'

import { VolError } from '../errors.ts'
import { confirmation, demand } from './confirm.ts'
import { memoryContext, memoryTerminal } from './in-process.ts'

const screen = { columns: 80, rows: 24 }

function asked(answer: string | undefined) {
  const stdin = new PassThrough()
  if (answer === undefined) stdin.end()
  else stdin.write(answer)
  return memoryContext({ terminal: memoryTerminal({ stdin, screen }) })
}

test.each([
  ['y\n', true],
  ['Yes\n', true],
  ['n\n', false],
  ['\n', false],
  ['yeah\n', false],
  [undefined, false],
])('the answer %j means %s', async (answer, expected) => {
  const context = asked(answer)
  expect(await confirmation(context, { yes: false })('Replace "x"?')).toBe(expected)
  expect(context.terminal.printed().stderr).toMatch(/^Replace "x"\? \[y\/N\] \n?$/)
  expect(context.terminal.printed().stdout).toBe('')
})

test('--yes answers without asking', async () => {
  const context = memoryContext({})
  expect(await confirmation(context, { yes: true })('Replace?')).toBe(true)
})

test('without a terminal nothing is asked', async () => {
  const asking = confirmation(memoryContext({}), { yes: false })('Replace "x"?')
  await expect(asking).rejects.toMatchObject({ code: 'CONFIRMATION_NEEDED', exit: 5 })
})

test('an interrupt ends the question', async () => {
  const abort = new AbortController()
  const terminal = memoryTerminal({ stdin: new PassThrough(), screen })
  const asking = confirmation(memoryContext({ terminal, signal: abort.signal }), { yes: false })('Replace?')
  abort.abort(new VolError('INTERRUPTED', 'Interrupted.'))
  await expect(asking).rejects.toMatchObject({ code: 'INTERRUPTED' })
  expect(terminal.printed().stderr).toBe('Replace? [y/N] \n')
})

test('what is demanded and declined is an error', async () => {
  await expect(demand(async () => false, 'Replace?')).rejects.toMatchObject({ code: 'DECLINED' })
})
