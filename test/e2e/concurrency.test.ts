/** Several commands at once on one volume: both come out right, or one is refused with 5. Never a mixture. */
import { setTimeout as sleep } from 'node:timers/promises'
import { beforeAll, expect, test } from 'vitest'
import { expectDone, expectNoHelpers, expectSameTree, onlyReference } from './checks.ts'
import { expectEmptyJournal, expectOnlyWholeSnapshots, expectTidyStore } from './left-behind.ts'
import type { Listing } from './listing.ts'
import { fillWithOddTree } from './odd-tree.ts'
import type { RunResult } from './running.ts'
import { rounds, scenario } from './scenario.ts'

const bed = await scenario('concurrency')
type Side = { readonly reference: string; readonly contents: Listing }
let volume: string
let one: Side
let two: Side

beforeAll(async () => {
  volume = await bed.volume()
  const side = async (seed: string): Promise<Side> => {
    await fillWithOddTree(await bed.mountpoint(volume), seed)
    const reference = onlyReference(await bed.vol('snapshot', '--quiet', volume))
    return { reference, contents: await bed.listing(volume) }
  }
  one = await side('one')
  two = await side('two')
})

/** Which of the two sides a volume holds; it must be one of them, to the last file. */
async function sideIn(name: string): Promise<Side> {
  const found = await bed.listing(name)
  const side = 'only-one' in found.files ? one : two
  expectSameTree(found, side.contents)
  return side
}

/** Nobody was left half done, and whoever did not do it was refused with a reason. */
async function expectSettled(results: readonly RunResult[], ...volumes: readonly string[]): Promise<void> {
  for (const { exitCode, stderr } of results) {
    expect([0, 5], stderr).toContain(exitCode)
    if (exitCode === 5) expect(stderr).toMatch(/^Error: .+\n/m)
  }
  for (const name of volumes) await expectNoHelpers(bed, name)
  await expectEmptyJournal(bed)
}

test('many snapshots of one volume at once must all be taken', async () => {
  const results = await Promise.all(
    Array.from({ length: rounds(4) }, () => bed.vol('snapshot', '-q', volume)),
  )
  const references = results.map(onlyReference)
  expect(new Set(references).size).toBe(references.length)
  const listed = await expectOnlyWholeSnapshots(bed)
  for (const reference of references) expect(listed).toContain(reference)
  await expectTidyStore(bed.store, volume)
  await expectNoHelpers(bed, volume)
})

test('snapshots of several volumes at once must all be taken', async () => {
  const volumes = await Promise.all([1, 2, 3].map(() => bed.volume('many')))
  for (const name of volumes) await bed.shell(name, 'echo "$1" >name', name)
  const results = await Promise.all(volumes.map((name) => bed.vol('snapshot', '-q', name)))
  results.map(onlyReference)
  await expectSettled(results, ...volumes)
})

test('of two restores into one volume at once each is whole or refused', async () => {
  const count = rounds(3)
  for (let round = 0; round < count; round += 1) {
    const first = bed.vol('restore', '--yes', one.reference)
    await sleep(round * 150)
    const results = await Promise.all([first, bed.vol('restore', '--yes', two.reference)])
    await expectSettled(results, volume)
    expect(results.map(({ exitCode }) => exitCode)).toContain(0)
    const side = await sideIn(volume)
    expect(results[side === one ? 0 : 1]?.exitCode).toBe(0)
  }
})

test('of two restores into one new volume at once one is refused, and none removes it', async () => {
  const count = rounds(2)
  for (let round = 0; round < count; round += 1) {
    const name = bed.name('new')
    const results = await Promise.all([
      bed.vol('restore', '--into', name, one.reference),
      bed.vol('restore', '--into', name, two.reference),
    ])
    await expectSettled(results, name)
    expect(results.map(({ exitCode }) => exitCode)).toEqual(expect.arrayContaining([0, 5]))
    expect(await sideIn(name)).toBe(results[0]?.exitCode === 0 ? one : two)
  }
})

test('of two clones to one name at once one is refused, and none removes it', async () => {
  const count = rounds(2)
  const side = await sideIn(volume)
  for (let round = 0; round < count; round += 1) {
    const name = bed.name('copy')
    const results = await Promise.all([bed.vol('clone', volume, name), bed.vol('clone', volume, name)])
    await expectSettled(results, name, volume)
    expect(results.map(({ exitCode }) => exitCode)).toEqual(expect.arrayContaining([0, 5]))
    expect(await sideIn(name)).toBe(side)
  }
})

test('a restore while a snapshot reads gives a snapshot of one side, or none', async () => {
  const count = rounds(2)
  for (let round = 0; round < count; round += 1) {
    const other = (await sideIn(volume)) === one ? two : one
    const snapshot = bed.vol('snapshot', '-q', volume)
    await sleep(round * 200)
    const results = await Promise.all([snapshot, bed.vol('restore', '--yes', other.reference)])
    await expectWholeOrRefused(results[0])
    await expectSettled(results.slice(1), volume)
    await sideIn(volume)
  }
})

test('a snapshot while a restore writes gives a snapshot of one side, or none', async () => {
  const count = rounds(3)
  for (let round = 0; round < count; round += 1) {
    const other = (await sideIn(volume)) === one ? two : one
    const restore = bed.vol('restore', '--yes', other.reference)
    await sleep(round * 400)
    const results = await Promise.all([restore, bed.vol('snapshot', '-q', volume)])
    await expectWholeOrRefused(results[1])
    await expectSettled(results.slice(0, 1), volume)
    await sideIn(volume)
  }
})

/** A snapshot that was taken beside a restore holds the one or the other, and one that was not says why. */
async function expectWholeOrRefused(result: RunResult): Promise<void> {
  // 8 when the files were already being read.
  expect([0, 5, 8], result.stderr).toContain(result.exitCode)
  if (result.exitCode !== 0) return
  const name = bed.name('taken')
  expectDone(await bed.vol('restore', '--into', name, onlyReference(result)))
  await sideIn(name)
  await bed.docker('volume', 'rm', name)
}

test('a snapshot that is removed while it is restored is restored whole, or nothing is changed', async () => {
  const count = rounds(2)
  for (let round = 0; round < count; round += 1) {
    const before = await sideIn(volume)
    const other = before === one ? two : one
    const extra = bed.name('extra')
    expectDone(await bed.vol('restore', '--into', extra, other.reference))
    const doomed = onlyReference(await bed.vol('snapshot', '-q', extra))
    const restore = bed.vol('restore', '--yes', '--into', volume, doomed)
    await sleep(200 + round * 300)
    expectDone(await bed.vol('rm', '--yes', '--force', doomed))
    const { exitCode, stderr } = await restore
    expect([0, 3, 4], stderr).toContain(exitCode)
    expect(await sideIn(volume)).toBe(exitCode === 0 ? other : before)
    await expectSettled([], volume)
  }
})

test('a volume that is removed while a snapshot begins is not made anew', async () => {
  const count = rounds(2)
  for (let round = 0; round < count; round += 1) {
    const name = await bed.volume('doomed')
    await bed.shell(name, 'echo x >file')
    const snapshot = bed.vol('snapshot', '-q', name)
    await sleep(100 + round * 100)
    await bed.tryDocker('volume', 'rm', name)
    const { exitCode, stderr } = await snapshot
    const isThere = (await bed.tryDocker('volume', 'inspect', name)).exitCode === 0
    // Whoever came first: the snapshot holds the volume, or it is gone for good.
    if (exitCode === 0) expectDone(await bed.vol('verify', onlyReference(await snapshot)))
    else expect({ exitCode, isThere }, stderr).toEqual({ exitCode: 4, isThere: false })
  }
})
