/** `npm run link`, in a configuration directory of its own. */
import { spawnSync } from 'node:child_process'
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'

import { expect, test } from 'vitest'

const root = path.resolve(import.meta.dirname, '..', '..')
const launcher = path.join(root, 'bin', 'docker-vol')

function place() {
  const configuration = mkdtempSync(path.join(tmpdir(), 'docker vol link '))
  const plugin = path.join(configuration, 'cli-plugins', 'docker-vol')
  const run = (...args: string[]) =>
    spawnSync(process.execPath, [path.join(root, 'scripts', 'link.ts'), ...args], {
      env: { ...process.env, DOCKER_CONFIG: configuration },
      encoding: 'utf8',
    })
  return { plugin, run }
}

test('linking, linking again and unlinking', { timeout: 30_000 }, () => {
  const { plugin, run } = place()
  expect(run().stdout).toContain(`Linked ${plugin} -> ${launcher}\n`)
  expect(run().status).toBe(0)
  expect(readlinkSync(plugin)).toBe(launcher)
  expect(run('--unlink').stdout).toBe(`Removed ${plugin}\n`)
  expect(lstatSync(plugin, { throwIfNoEntry: false })).toBeUndefined()
  expect(run('--unlink')).toMatchObject({ status: 0, stdout: `${plugin} is not there.\n` })
})

test('the link of a checkout that is gone is replaced', { timeout: 30_000 }, () => {
  const { plugin, run } = place()
  mkdirSync(path.dirname(plugin))
  symlinkSync('/gone/checkout/bin/docker-vol', plugin)
  expect(run().status).toBe(0)
  expect(readlinkSync(plugin)).toBe(launcher)
})

test.each(['file', 'link'])('what is not ours (a %s) is left as it is', (kind) => {
  const { plugin, run } = place()
  mkdirSync(path.dirname(plugin))
  if (kind === 'file') writeFileSync(plugin, 'precious')
  else symlinkSync('/bin/true', plugin)
  for (const args of [[], ['--unlink']]) {
    const { status, stderr } = run(...args)
    expect(status).toBe(1)
    expect(stderr).toContain(plugin)
    expect(existsSync(plugin)).toBe(true)
  }
})
