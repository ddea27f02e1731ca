/** An engine that is not on this machine: nothing can be shared with it, all goes through docker's own streams. */
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { startSecondEngine, type SecondEngine } from '../bed/second-engine.ts'
import { expectDone, expectSameTree, onlyReference } from './checks.ts'
import { expectEmptyJournal, expectOnlyWholeSnapshots, expectTidyStore } from './left-behind.ts'
import { testLabel } from './leftovers.ts'
import { listTree, type Listing } from './listing.ts'
import { fillWithOddTree } from './odd-tree.ts'
import { start, type RunOptions, type Running, type RunResult } from './running.ts'
import { rounds, scenario } from './scenario.ts'

const bed = await scenario('remote')
const context = 'far-away'
let engine: SecondEngine
let host: string
let volume: string
let big: string
let contents: Listing

beforeAll(async () => {
  engine = await startSecondEngine(inject('bed'))
  host = engine.host
  await bed.docker('context', 'create', context, '--docker', `host=${host}`)
  volume = await remoteVolume()
  await fillWithOddTree(await mountpoint(volume), 'one')
  contents = await listing(volume)
  big = await remoteVolume()
  await execa('sh', ['-c', 'head -c 200000000 /dev/urandom >"$1/much"', 'sh', await mountpoint(big)])
})
afterAll(async () => await engine.stop())

const there = async (...words: readonly string[]) => await bed.docker('-H', host, ...words)
const mountpoint = async (name: string) =>
  (await there('volume', 'inspect', '--format', '{{.Mountpoint}}', name)).stdout.trim()
const listing = async (name: string) => await listTree(await mountpoint(name))

async function remoteVolume(): Promise<string> {
  const name = bed.name('there')
  await there('volume', 'create', `--label=${testLabel}=${inject('runId')}`, name)
  return name
}

const helpersThere = async () =>
  (await there('ps', '--all', '--quiet', '--filter', 'label=docker-vol.operation')).stdout

async function expectNoHelpersThere(): Promise<void> {
  await expect.poll(helpersThere, { timeout: 20_000 }).toBe('')
}

type Way = (words: readonly string[], options?: RunOptions) => Running
const run =
  (before: readonly string[], more: Readonly<Record<string, string>> = {}): Way =>
  (words, options) =>
    start(inject('bed').docker, [...before, 'vol', ...words], { ...bed.environment, ...more }, options)
const byHost: Way = (words, options) => run(['-H', host])(words, options)

describe.each([
  ['docker --context', () => run(['--context', context])],
  ['docker -H', () => byHost],
  ['DOCKER_HOST', () => run([], { DOCKER_HOST: host })],
])('%s', (_, way) => {
  const vol = (...words: readonly string[]): Promise<RunResult> => way()(words).ended

  test('reaches the engine, whose volumes are snapshotted and restored whole', async () => {
    expect(expectDone(await vol('ls', '-q')).split('\n')).toContain(volume)
    const reference = onlyReference(await vol('snapshot', '-q', volume))
    expectDone(await vol('verify', reference))
    const copy = bed.name('copy')
    expectDone(await vol('restore', '--into', copy, reference))
    expectSameTree(await listing(copy), contents)
    expect((await bed.tryDocker('volume', 'inspect', copy)).exitCode).toBe(1)
    await fillWithOddTree(await mountpoint(copy), 'two')
    expectDone(await vol('restore', '--yes', '--into', copy, reference))
    expectSameTree(await listing(copy), contents)
    await expectNoHelpersThere()
  })
})

test('clones, archives and single paths are whole on an engine that is elsewhere, too', async () => {
  const vol = (...words: readonly string[]) => byHost(words).ended
  const [copy, imported] = [bed.name('clone'), bed.name('imported')]
  expectDone(await vol('clone', volume, copy))
  expectSameTree(await listing(copy), contents)
  const archive = path.join(bed.folder, 'there.tar.zst')
  expectDone(await vol('snapshot', '--output', archive, volume))
  const names = (await execa('tar', ['--zstd', '-tf', archive, '--quoting-style=escape'])).stdout.split('\n')
  expect(names).toHaveLength(Object.keys(contents.files).length)
  expectDone(await vol('restore', '--allow-devices', '--from', archive, imported))
  expect(Object.keys((await listing(imported)).files)).toEqual(Object.keys(contents.files))
  const plain = path.join(bed.folder, 'there.tar')
  expectDone(await byHost(['snapshot', '--output', '-', volume], { outputFile: plain }).ended)
  const reference = onlyReference(await vol('snapshot', '-q', volume))
  await there(
    'run',
    '--rm',
    '--pull=never',
    `--volume=${copy}:/v`,
    bed.images.debian,
    'rm',
    '-r',
    '/v/dir',
    '/v/noise',
  )
  expectDone(await vol('restore', '--yes', '--into', copy, '--path', 'dir', '--path', 'noise', reference))
  const { '.': mine, ...found } = (await listing(copy)).files
  const { '.': root, ...expected } = contents.files
  // A name alone of a file that has several comes back as a file of its own.
  const apart = { linkedWith: undefined }
  for (const name of ['dir/hard', 'top-1']) expect(found[name]).toEqual({ ...expected[name], ...apart })
  expect({ ...found, 'dir/hard': 0, 'top-1': 0 }).toEqual({ ...expected, 'dir/hard': 0, 'top-1': 0 })
  expect({ ...mine, modified: '' }).toEqual({ ...root, modified: '' })
  await expectNoHelpersThere()
})

test('a snapshot that is interrupted leaves no helper on an engine that is elsewhere', async () => {
  const before = await expectOnlyWholeSnapshots(bed)
  const running = byHost(['snapshot', big])
  while ((await helpersThere()) === '') await sleep(20)
  await running.killPlugin('SIGINT')
  expect((await running.ended).exitCode).toBe(130)
  await expectNoHelpersThere()
  expect(await expectOnlyWholeSnapshots(bed)).toEqual(before)
})

test('a daemon that dies under a snapshot fails it, and nothing of it is listed', async () => {
  for (let round = 0; round < rounds(1); round += 1) {
    const before = await expectOnlyWholeSnapshots(bed)
    const running = byHost(['snapshot', '--progress=plain', big])
    while ((await helpersThere()) === '') await sleep(20)
    await sleep(300)
    await engine.kill()
    const { exitCode, stderr } = await running.ended
    expect([1, 6], stderr).toContain(exitCode)
    expect(stderr).toMatch(/^Error: /m)
    expect(stderr).not.toMatch(/This is a bug|^ {4}at /m)
    expect(await expectOnlyWholeSnapshots(bed)).toEqual(before)
    expect((await byHost(['ls']).ended).exitCode).toBe(6)
    host = await engine.startAgain()
    onlyReference(await byHost(['snapshot', '-q', big]).ended)
    await expectTidyStore(bed.store, big)
    await expectNoHelpersThere()
  }
})

test('a daemon that dies under a restore fails it, and the next run puts the volume right', async () => {
  const target = bed.name('target')
  const reference = onlyReference(await byHost(['snapshot', '-q', volume]).ended)
  expectDone(await byHost(['clone', volume, target]).ended)
  await fillWithOddTree(await mountpoint(target), 'two')
  let old = await listing(target)
  for (let round = 0; round < rounds(2); round += 1) {
    const running = byHost(['restore', '--yes', '--progress=plain', '--into', target, reference])
    await sleep(900 + Math.random() * 1500)
    await engine.kill()
    const { exitCode, stderr } = await running.ended
    expect([0, 1, 6], stderr).toContain(exitCode)
    expect(stderr).not.toMatch(/This is a bug|^ {4}at /m)
    host = await engine.startAgain()
    expectDone(await byHost(['doctor']).ended)
    const found = await listing(target)
    const isNew = 'only-one' in found.files
    expectSameTree(found, isNew ? contents : old)
    if (exitCode === 0) expect(isNew).toBe(true)
    await expectEmptyJournal(bed)
    await expectNoHelpersThere()
    if (isNew) await fillWithOddTree(await mountpoint(target), 'two')
    if (isNew) old = await listing(target)
  }
})
