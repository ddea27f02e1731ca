/** Whoever says stop gets it within seconds: exit 130, the volume as before, nothing half-made, no helper. */
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import process from 'node:process'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { beforeAll, describe, expect, inject, test } from 'vitest'
import { expectDone, expectNoHelpers, expectSameTree, onlyReference } from './checks.ts'
import { expectEmptyJournal, expectOnlyWholeSnapshots, expectTidyStore } from './left-behind.ts'
import type { Listing } from './listing.ts'
import { fillWithOddTree } from './odd-tree.ts'
import { start, type Running, type RunResult } from './running.ts'
import { rounds, scenario } from './scenario.ts'

const bed = await scenario('interrupts')
const output = path.join(bed.folder, 'out', 'volume.tar.zst')
const reasonable = 8000
let volume: string
let contents: Listing
let backup: string
let fresh: string

beforeAll(async () => {
  volume = await bed.volume()
  const folder = await bed.mountpoint(volume)
  await fillWithOddTree(folder, 'one')
  backup = onlyReference(await bed.vol('snapshot', '--quiet', volume))
  await fillWithOddTree(folder, 'two')
  // Enough to be interrupted at.
  await promisify(execFile)('sh', ['-c', 'head -c 150000000 /dev/urandom >"$1"/much', 'sh', folder])
  contents = await bed.listing(volume)
  await promisify(execFile)('mkdir', [path.dirname(output)])
  const much = onlyReference(await bed.vol('snapshot', '--quiet', volume))
  fresh = bed.name('fresh')
  commands = {
    'a snapshot': ['snapshot', '--progress=plain', volume],
    'a restore': ['restore', '--yes', '--progress=plain', much],
    'a restore into a new volume': ['restore', '--progress=plain', '--into', fresh, much],
    'a clone': ['clone', '--progress=plain', volume, fresh],
    'an archive': ['snapshot', '--progress=plain', '--output', output, volume],
    'a verification': ['verify', '--progress=plain', much],
  }
})

let commands: Readonly<Record<string, readonly string[]>> = {}
const names = [
  'a snapshot',
  'a restore',
  'a restore into a new volume',
  'a clone',
  'an archive',
  'a verification',
]

/** Waits until the command is at work on the volume. */
async function atWork(running: Running, name: string): Promise<void> {
  if (name === 'a verification') return await running.until(/Verify/)
  const filter = ['--filter', 'label=docker-vol.operation', '--filter', `name=${bed.prefix}`]
  let over = false
  void running.ended.finally(() => (over = true))
  while (!over && (await bed.docker('ps', '--quiet', ...filter)).stdout === '') await sleep(20)
  await sleep(Math.random() * 500)
}

async function expectNothingHappened(): Promise<void> {
  expectSameTree(await bed.listing(volume), contents)
  expect(existsSync(`${await bed.mountpoint(volume)}/.docker-vol-restore`)).toBe(false)
  await expectNoHelpers(bed, volume)
  expect((await bed.tryDocker('volume', 'inspect', fresh)).exitCode).toBe(1)
  expect(await expectOnlyWholeSnapshots(bed)).toHaveLength(2)
  expect(await readdir(path.dirname(output))).toEqual([])
  await expectTidyStore(bed.store, volume)
  await expectEmptyJournal(bed)
}

async function stopped(running: Running): Promise<RunResult> {
  const since = Date.now()
  const result = await running.ended
  expect(Date.now() - since, 'milliseconds until it ended').toBeLessThan(reasonable)
  expect(result.exitCode, result.stderr).toBe(130)
  expect(result.stderr).toMatch(/Interrupted\.\n$/)
  expect(result.stderr).not.toMatch(/^ {4}at /m)
  return result
}

describe.each(names)('%s', (name) => {
  test('that is interrupted ends at once and leaves everything as it was', async () => {
    const ways: readonly ((running: Running) => Promise<void>)[] = [
      async (running) => await running.killPlugin('SIGINT'),
      async (running) => running.kill('SIGTERM'),
      async (running) => await running.killPlugin('SIGHUP'),
      async (running) => await running.killPlugin('SIGTERM'),
    ]
    const count = rounds(1)
    for (let round = 0; round < count; round += 1) {
      const running = bed.startVol(...(commands[name] ?? []))
      await atWork(running, name)
      await ways[(round + names.indexOf(name)) % ways.length]?.(running)
      await stopped(running)
      await expectNothingHappened()
    }
  })
})

/** Runs docker vol on a terminal of its own, with the keys that `press` is told to type, or hangs it up. */
function onTerminal(act: 'ctrl-c' | 'hang up', words: readonly string[]): Running {
  const script = path.join(import.meta.dirname, 'terminal.py')
  return start('python3', [script, act, inject('bed').docker, 'vol', ...words], bed.environment)
}

test.each(['a snapshot', 'a restore', 'a clone'])('Ctrl-C at a terminal stops %s', async (name) => {
  const words = (commands[name] ?? []).map((word) => (word === '--progress=plain' ? '--progress=tty' : word))
  const { exitCode, stdout } = await onTerminal('ctrl-c', words).ended
  expect(exitCode, stdout).toBe(130)
  expect(stdout).toContain('Interrupted.')
  // The cursor is seen again.
  expect(stdout.lastIndexOf('\u001B[?25h')).toBeGreaterThanOrEqual(stdout.lastIndexOf('\u001B[?25l'))
  await expectNothingHappened()
})

test.each(['a snapshot', 'a restore'])('a terminal that is closed stops %s', async (name) => {
  await onTerminal('hang up', commands[name] ?? []).ended
  await expectNoHelpers(bed, volume, 10)
  await expect.poll(async () => await journal(), { timeout: 20_000 }).toEqual([])
  await expect.poll(async () => await drafts(), { timeout: 20_000 }).toEqual([])
  await expectNothingHappened()
})

const journal = async () => await readdir(path.join(bed.configuration, 'vol', 'journal'))
const drafts = async () => await readdir(path.join(bed.store, volume, 'tmp'))

test.each([
  ['a list', () => ['ls'], 'head -1'],
  ['a list of files', () => ['show', '--files', backup], 'head -1'],
  ['a list of snapshots', () => ['snapshots'], 'true'],
  ['an archive', () => ['snapshot', '--output', '-', volume], 'head -c 1000 >/dev/null'],
])('%s into a pipe that is closed ends quietly', async (_, words, reader) => {
  const since = Date.now()
  const status = path.join(bed.folder, 'status')
  await writeFile(status, '')
  const line = `{ "$@"; echo $? >"$STATUS"; } | ${reader}`
  const environment = { ...bed.environment, STATUS: status }
  const args = ['-c', line, 'sh', inject('bed').docker, 'vol', ...words()]
  const { stderr } = await start('sh', args, environment).ended
  expect(Date.now() - since).toBeLessThan(reasonable)
  expect(stderr).not.toMatch(/Error|EPIPE|^ {4}at /m)
  expect((await readFile(status, 'utf8')).trim()).toMatch(/^(0|141)$/)
  await expectNoHelpers(bed, volume)
  expectDone(await bed.vol('ls'))
  expect(process.exitCode).toBeUndefined()
})
