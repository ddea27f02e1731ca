/**
 * A restore over what a volume holds, killed wherever it can be: the next run ends with the old or the new, whole, and
 * the new can be taken back.
 */
import { randomInt } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { expectDone, expectNoHelpers, expectSameTree, onlyReference } from './checks.ts'
import { countDockerCalls, moments, runKilledAround } from './docker-shim.ts'
import { runKilledWhile, switchStates } from './killed-while.ts'
import { expectEmptyJournal, expectNoTemporaryFolders } from './left-behind.ts'
import type { Listing } from './listing.ts'
import { fillWithOddTree } from './odd-tree.ts'
import { rounds, scenario } from './scenario.ts'
import { fileOperations, rangesOfCalls, runKilledAt, startPlugin, temporaryFolder } from './standalone.ts'

/** Seconds: a helper that brings files to disk ends when the disk has them, and this disk may be busy. */
const patience = 40
const bed = await scenario('killed-restore')
type Side = { readonly reference: string; readonly contents: Listing }
let volume: string
let other: string
let sides: readonly [Side, Side]
/** Which of the two the volume holds now. */
let now: 0 | 1 = 1
/** Of which of the two there is an undo copy, the newest first. */
let kept: readonly (0 | 1)[] = []

beforeAll(async () => {
  volume = await bed.volume()
  other = await bed.volume('other')
  const side = async (seed: string): Promise<Side> => {
    await fillWithOddTree(await bed.mountpoint(volume), seed)
    return {
      reference: onlyReference(await bed.vol('snapshot', '--quiet', volume)),
      contents: await bed.listing(volume),
    }
  }
  sides = [await side('one'), await side('two')]
})

const restoreTheOther = () => ['restore', '--yes', sides[now === 0 ? 1 : 0].reference]

/** The next run, of whatever command, puts things right. */
async function expectOldOrNew(round: number): Promise<void> {
  await expectNoHelpers(bed, volume, patience)
  const next = [['doctor'], ['snapshot', '--quiet', other]][round % 2] ?? []
  expectDone(await startPlugin(bed, next).ended)
  const found = await bed.listing(volume)
  const before = now
  now = 'only-one' in found.files ? 0 : 1
  expectSameTree(found, sides[now].contents)
  await expectKept(before)
  await expectEmptyJournal(bed)
  await expectNoHelpers(bed, volume, patience)
  await expectNoTemporaryFolders(temporaryFolder(bed))
}

/** What was replaced since the volume held this is kept, once; nothing else is. */
async function expectKept(before: 0 | 1): Promise<void> {
  if (now !== before) kept = [before, ...kept]
  const lines = expectDone(await bed.vol('undo', '--list', '--format=json', volume)).split('\n')
  const replacedBy = lines.filter(Boolean).map((line) => {
    const copy: { readonly ReplacedBy: string } = JSON.parse(line)
    return copy.ReplacedBy
  })
  expect(replacedBy).toEqual(kept.map((side) => sides[side === 0 ? 1 : 0].reference))
}

/** The restore was done without being killed. */
async function isDone(): Promise<void> {
  const before = now
  now = now === 0 ? 1 : 0
  await expectKept(before)
}

afterAll(async () => {
  // All that was kept while something was killed is whole, and the last of it comes back.
  expectDone(
    await bed.vol(
      'verify',
      ...expectDone(await bed.vol('undo', '-q', '--list', volume))
        .trim()
        .split('\n'),
    ),
  )
  const [last] = kept
  expectDone(await bed.vol('undo', '--yes', volume))
  if (last !== undefined) expectSameTree(await bed.listing(volume), sides[last].contents)
})

test('killed before, during or after any call of docker, a restore leaves the old or the new', async () => {
  const calls = await countDockerCalls(bed, restoreTheOther())
  await isDone()
  expect(calls).toBeGreaterThan(8)
  const count = rounds(4)
  for (let round = 0; round < count; round += 1) {
    const call = 1 + Math.floor((calls * (round + Math.random())) / count)
    const moment = moments[randomInt(moments.length)] ?? 'before'
    await runKilledAround(bed, restoreTheOther(), call, moment)
    await expectOldOrNew(round)
  }
})

test('killed at any of its file operations, a restore leaves the old or the new', async () => {
  const ranges = await rangesOfCalls(bed, restoreTheOther(), 'journal')
  await isDone()
  const count = rounds(3)
  const first = randomInt(fileOperations.length)
  for (let round = 0; round < count; round += 1) {
    const call = fileOperations[(first + round) % fileOperations.length] ?? 'write'
    const range = ranges.get(call)
    if (range === undefined) continue
    await runKilledAt(bed, restoreTheOther(), call, randomInt(range.first, range.last + 1))
    await expectOldOrNew(round)
  }
})

test('killed at any time, a restore leaves the old or the new', async () => {
  const count = rounds(2)
  for (let round = 0; round < count; round += 1) {
    const running = startPlugin(bed, restoreTheOther())
    await sleep(randomInt(500, 2500))
    running.kill('SIGKILL')
    await running.ended
    await expectOldOrNew(round)
  }
})

test.each(switchStates)('killed while %s, a restore leaves the old or the new', async (state) => {
  const count = rounds(1)
  for (let round = 0; round < count; round += 1) {
    const how = { state, wait: randomInt(25), victim: 'plugin' as const }
    const { killed, stderr } = await runKilledWhile(bed, restoreTheOther(), volume, how)
    expect(killed, stderr).toBe(true)
    await expectOldOrNew(round)
  }
})

test.each(switchStates)('when its helper dies while %s, a restore says truly what became', async (state) => {
  const count = rounds(1)
  for (let round = 0; round < count; round += 1) {
    const before = now
    const how = { state, wait: randomInt(25), victim: 'helper' as const }
    const { killed, exitCode, stderr } = await runKilledWhile(bed, restoreTheOther(), volume, how)
    expect(killed, stderr).toBe(true)
    await expectOldOrNew(round)
    expect(exitCode, stderr).toBe(now === before ? 1 : 0)
  }
})

test('a run that puts things right can itself be killed', async () => {
  const count = rounds(2)
  for (let round = 0; round < count; round += 1) {
    const state = switchStates[1 + (round % 3)] ?? 'moving-new'
    await runKilledWhile(bed, restoreTheOther(), volume, { state, wait: randomInt(10), victim: 'plugin' })
    for (let again = 0; again < 2; again += 1) {
      await expectNoHelpers(bed, volume, patience)
      const doctor = startPlugin(bed, ['doctor'])
      await sleep(randomInt(300, 1200))
      doctor.kill('SIGKILL')
      await doctor.ended
    }
    await expectOldOrNew(round)
  }
})

test('a helper whose docker was killed before it started must not bar the volume for ever', async () => {
  const name = `docker-vol-write-${volume}`
  const labels = ['--label', 'docker-vol.operation=dead']
  await bed.docker('create', '--name', name, ...labels, '--volume', `${volume}:/volume`, bed.images.debian)
  expectDone(await bed.vol(...restoreTheOther()))
  await expectOldOrNew(0)
})
