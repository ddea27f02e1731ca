/** What fills a volume in other ways than by a restore in place, killed wherever it can be. */
import { randomInt } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import path from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { expectDone, expectNoHelpers, expectSameTree, onlyReference } from './checks.ts'
import { countDockerCalls, moments, runKilledAround } from './docker-shim.ts'
import { runKilledWhile, type SwitchState } from './killed-while.ts'
import { expectEmptyJournal, expectNoTemporaryFolders } from './left-behind.ts'
import type { Listing } from './listing.ts'
import { fillWithOddTree } from './odd-tree.ts'
import { rounds, scenario } from './scenario.ts'
import { startPlugin, temporaryFolder } from './standalone.ts'

/** Seconds: a helper that brings files to disk ends when the disk has them, and this disk may be busy. */
const patience = 40
const bed = await scenario('killed-fill')
const archive = path.join(bed.folder, 'one.tar')
let source: string
let reference: string
let contents: Listing

beforeAll(async () => {
  source = await bed.volume('source')
  await fillWithOddTree(await bed.mountpoint(source), 'one')
  // What somebody else's archive may hold: no devices, and a capability or attribute is not taken over.
  await bed.shell(source, 'rm dir/null; chmod u-s top-5; chmod g-s dir; touch -d @1500000000.25 dir .')
  contents = await bed.listing(source)
  reference = onlyReference(await bed.vol('snapshot', '--quiet', source))
  expectDone(await bed.vol('snapshot', '--output', archive, source))
})

/** Kills a command in one of several ways, of which each round takes the next. */
async function kill(round: number, words: readonly string[], into: string, calls: number): Promise<void> {
  const states: readonly SwitchState[] = words.includes('--path')
    ? ['staging', 'moving-paths']
    : ['staging', 'moving-old', 'moving-new', 'finishing']
  if (round % 3 === 0) {
    const moment = moments[randomInt(moments.length)] ?? 'before'
    await runKilledAround(bed, words, 1 + randomInt(calls), moment)
  } else if (round % 3 === 1) {
    const state = states[randomInt(states.length)] ?? 'staging'
    await runKilledWhile(bed, words, into, { state, wait: randomInt(25), victim: 'plugin' })
  } else {
    const running = startPlugin(bed, words)
    await sleep(randomInt(300, 2000))
    running.kill('SIGKILL')
    await running.ended
  }
}

async function putRight(...volumes: readonly string[]): Promise<void> {
  for (const volume of volumes) await expectNoHelpers(bed, volume, patience)
  expectDone(await startPlugin(bed, ['doctor']).ended)
  await expectEmptyJournal(bed)
  await expectNoTemporaryFolders(temporaryFolder(bed))
  for (const volume of volumes) await expectNoHelpers(bed, volume, patience)
}

const isThere = async (volume: string) => (await bed.tryDocker('volume', 'inspect', volume)).exitCode === 0

describe.each([
  ['a restore into a new volume', (to: string) => ['restore', '--into', to, reference]],
  ['a clone', (to: string) => ['clone', source, to]],
  ['an archive into a new volume', (to: string) => ['restore', '--from', archive, to]],
] as const)('%s', (_, wordsFor) => {
  test('is gone again or whole after it was killed anywhere', async () => {
    const first = bed.name('first')
    const calls = await countDockerCalls(bed, wordsFor(first))
    const whole = await bed.listing(first)
    expect(Object.keys(whole.files)).toEqual(Object.keys(contents.files))
    const count = rounds(3)
    for (let round = 0; round < count; round += 1) {
      const to = bed.name('new')
      await kill(round, wordsFor(to), to, calls)
      await putRight(source, to)
      if (await isThere(to)) expectSameTree(await bed.listing(to), whole)
      expectSameTree(await bed.listing(source), contents)
    }
  })
})

test('a new volume that somebody wrote to after the restore was killed must be kept', async () => {
  const to = bed.name('written')
  const how = { state: 'staging', wait: 0, victim: 'plugin' } as const
  const { killed, stderr } = await runKilledWhile(bed, ['restore', '--into', to, reference], to, how)
  expect(killed, stderr).toBe(true)
  await expectNoHelpers(bed, to, patience)
  await bed.shell(to, 'echo mine >file')
  await putRight(to)
  expect(await bed.shell(to, 'ls -A; cat file')).toBe('file\nmine\n')
})

describe.each([
  [
    'a restore of paths',
    (to: string) => ['restore', '--yes', '--into', to, '--path', 'dir', '--path', 'top-7', reference],
  ],
  ['an archive over what a volume holds', (to: string) => ['restore', '--yes', '--from', archive, to]],
] as const)('%s', (_, wordsFor) => {
  test('leaves the old or the new after it was killed anywhere', async () => {
    const volume = await bed.volume('target')
    await fillWithOddTree(await bed.mountpoint(volume), 'two')
    const old = await bed.listing(volume)
    const backup = onlyReference(await bed.vol('snapshot', '--quiet', volume))
    const calls = await countDockerCalls(bed, wordsFor(volume))
    const whole = await bed.listing(volume)
    expect(whole.files).not.toEqual(old.files)
    const count = rounds(3)
    for (let round = 0; round < count; round += 1) {
      expectDone(await bed.vol('restore', '--yes', backup))
      expectSameTree(await bed.listing(volume), old)
      await kill(round, wordsFor(volume), volume, calls)
      await putRight(volume)
      const found = await bed.listing(volume)
      const isNew = top7(found) === top7(whole)
      expectSameTree(withRootTimeOf(found, whole, wordsFor(volume)), isNew ? whole : old)
    }
  })
})

const top7 = (listing: Listing) => listing.files['top-7']?.sha256

/** Replacing a name at the top is a change of the root, and has the time at which it was done. */
function withRootTimeOf(found: Listing, whole: Listing, words: readonly string[]): Listing {
  const [root, then] = [found.files['.'], whole.files['.']]
  if (!words.includes('--path') || root === undefined || then === undefined || top7(found) !== top7(whole))
    return found
  expect(BigInt(root.modified)).toBeGreaterThan(BigInt(then.modified) - 1n)
  return { ...found, files: { ...found.files, '.': { ...root, modified: then.modified } } }
}
