import { expect, test } from 'vitest'

import { runInProcess } from './in-process.ts'

test('without a command the help is printed', async () => {
  const { exit, stdout, stderr } = await runInProcess([])
  expect({ exit, stderr }).toEqual({ exit: 0, stderr: '' })
  expect(stdout).toMatch(/^Usage: {2}docker vol COMMAND\n/)
})

test('all ways to ask for help give the same, byte for byte', async () => {
  const root = (await runInProcess([])).stdout
  for (const argv of [['--help'], ['-h'], ['help'], ['help', '--help']]) {
    expect((await runInProcess(argv)).stdout).toBe(root)
  }
  const own = (await runInProcess(['version', '--help'])).stdout
  expect(own).toMatch(/^Usage: {2}docker vol version \[OPTIONS\]\n/)
  for (const argv of [
    ['help', 'version'],
    ['--help', 'version'],
    ['version', '-h'],
    ['version', '--nope', '--help'],
  ]) {
    expect((await runInProcess(argv)).stdout).toBe(own)
  }
})

test('an unknown command is named as docker names it, and a near one is offered', async () => {
  expect(await runInProcess(['versoin'])).toEqual({
    exit: 2,
    stdout: '',
    stderr: `docker: unknown command: docker vol versoin

Did you mean this?
        version

Usage:  docker vol COMMAND

Run 'docker vol --help' for more information
`,
  })
  expect((await runInProcess(['help', 'nope'])).stderr).toMatch(
    /^docker: unknown command: docker vol nope\n\nUsage/,
  )
})

test('an unknown flag before a command is a mistake', async () => {
  const { exit, stderr } = await runInProcess(['--nope', 'version'])
  expect(exit).toBe(2)
  expect(stderr).toMatch(/^unknown flag: --nope\n\nUsage: {2}docker vol COMMAND\n/)
})

test('too many arguments are a mistake', async () => {
  const { exit, stderr } = await runInProcess(['version', 'x'])
  expect(exit).toBe(2)
  expect(stderr).toMatch(/^docker: 'docker vol version' accepts no arguments\n/)
})

test('--version prints the version', async () => {
  expect((await runInProcess(['--version'])).stdout).toBe('docker vol version 0.0.0-test\n')
})

test('version without docker still tells its own', async () => {
  const { exit, stdout } = await runInProcess(['version', '--format', 'json'])
  expect(exit).toBe(0)
  expect(JSON.parse(stdout)).toEqual({
    Version: '0.0.0-test',
    NodeVersion: process.versions.node,
    Client: null,
    Server: null,
  })
})
