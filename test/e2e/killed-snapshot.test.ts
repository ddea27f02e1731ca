import { randomInt } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { beforeAll, expect, test } from 'vitest'
import { expectDone, expectNoHelpers, expectSameTree, onlyReference } from './checks.ts'
import {
  expectEmptyJournal,
  expectNoTemporaryFolders,
  expectOnlyWholeSnapshots,
  expectTidyStore,
} from './left-behind.ts'
import type { Listing } from './listing.ts'
import { fillWithOddTree } from './odd-tree.ts'
import { rounds, scenario } from './scenario.ts'
import {
  fileOperations,
  rangesOfCalls,
  runKilledAt,
  startPlugin,
  temporaryFolder,
  type CallRange,
  type FileOperation,
} from './standalone.ts'

const bed = await scenario('killed-snapshot')
let volume: string
let contents: Listing
let ranges: ReadonlyMap<FileOperation, CallRange>
const finished = new Set<string>()

beforeAll(async () => {
  volume = await bed.volume()
  await fillWithOddTree(await bed.mountpoint(volume), 'one')
  contents = await bed.listing(volume)
  // The first makes the volume's place in the store, the others find it there.
  onlyReference(await bed.vol('snapshot', '--quiet', volume))
  ranges = await rangesOfCalls(bed, ['snapshot', '--quiet', volume], bed.store)
  for (const reference of await expectOnlyWholeSnapshots(bed)) finished.add(reference)
  expect(finished.size).toBe(2)
})

/** What must hold at once after a kill; then the next run, after which nothing may be left of it. */
async function expectAsIfNothingHadBegun(round: number): Promise<void> {
  const listed = await expectOnlyWholeSnapshots(bed)
  for (const reference of finished) expect(listed).toContain(reference)
  await expectNoHelpers(bed, volume, 10)
  expectSameTree(await bed.listing(volume), contents)
  if (round % 2 === 0) expectDone(await startPlugin(bed, ['doctor']).ended)
  else onlyReference(await startPlugin(bed, ['snapshot', '--quiet', volume]).ended)
  for (const reference of await expectOnlyWholeSnapshots(bed)) finished.add(reference)
  await expectTidyStore(bed.store, volume)
  await expectEmptyJournal(bed)
  await expectNoTemporaryFolders(temporaryFolder(bed))
}

test.each(fileOperations)('killed at any %s, a snapshot is listed whole or not at all', async (call) => {
  const range = ranges.get(call)
  if (range === undefined) throw new Error(`a snapshot never calls ${call}`)
  const count = rounds(1)
  for (let killed = 0, tries = 0; killed < count; tries += 1) {
    // Its calls are not quite as many each time.
    expect(tries, `runs that ended before their ${call} was due`).toBeLessThan(count + 4)
    const width = (range.last - range.first + 1) / count
    const when = Math.floor(range.first + width * (killed + Math.random()))
    const { exitCode, stderr } = await runKilledAt(bed, ['snapshot', '--quiet', volume], call, when)
    if (exitCode === 137) killed += 1
    else expect(exitCode, stderr).toBe(0)
    await expectAsIfNothingHadBegun(tries)
  }
})

test('killed at any time, a snapshot is listed whole or not at all', async () => {
  const count = rounds(2)
  for (let round = 0; round < count; round += 1) {
    const running = startPlugin(bed, ['snapshot', '--quiet', volume])
    await sleep(randomInt(150, 1500))
    running.kill('SIGKILL')
    await running.ended
    await expectAsIfNothingHadBegun(round)
  }
})

test('when its docker is killed, a snapshot ends by itself and is listed whole or not at all', async () => {
  const running = bed.startVol('snapshot', '--quiet', volume)
  await sleep(randomInt(200, 700))
  running.kill('SIGKILL')
  await running.ended
  await expectNoHelpers(bed, volume, 10)
  await expectAsIfNothingHadBegun(0)
})
