import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { planClone } from '../../src/operations/clone.ts'
import { planRestore } from '../../src/operations/restore.ts'
import { planSnapshot } from '../../src/operations/snapshot.ts'
import type { JournalEntry } from '../../src/plan/journal.ts'
import { stagingName } from '../../src/volumes/archive-script.ts'
import { recoverVolume } from '../../src/volumes/recover.ts'
import { rounds } from '../e2e/rounds.ts'
import { outcomesOf, snapshotOf } from './carry-out.ts'
import { fillTree, treeListing } from './tree.ts'
import { flow, type Flow } from './world.ts'

const stop = new Error('stop')

/** The same world, as a command sees it that is interrupted after so many milliseconds. */
function interrupted(here: Flow, after: number): Flow['world'] {
  const interrupt = new AbortController()
  setTimeout(() => interrupt.abort(stop), after)
  return here.worldOf(interrupt.signal)
}

async function expectTidy(here: Flow): Promise<void> {
  // The containers of what was interrupted go by themselves, a moment later at most.
  await expect.poll(() => here.world.docker.containers(), { timeout: 5000 }).toEqual([])
  expect(await readdir(here.world.journal.location).catch(() => [])).toEqual([])
}

test('a snapshot that is interrupted at any time is not there, or there and whole', async () => {
  const here = await flow()
  await fillTree(await here.volume('data'), 'x', 3_000_000)
  for (let round = 0; round < rounds(8); round += 1) {
    const before = (await here.world.store.list()).length
    const running = outcomesOf(
      interrupted(here, round * 60),
      planSnapshot([await here.observe('data')], { consistency: 'auto' }),
    )
    const error: unknown = await running.then(
      () => undefined,
      (reason: unknown) => reason,
    )
    if (error !== undefined) {
      expect(error).toBe(stop)
      expect(await here.world.store.list()).toHaveLength(before)
    }
    await expectTidy(here)
  }
})

test('a restore that is interrupted at any time leaves the volume as it was, or as it should be', async () => {
  const here = await flow()
  const folder = await here.volume('data')
  await fillTree(folder, 'new', 1_000_000)
  const after = await treeListing(folder)
  const snapshot = await snapshotOf(here, 'data')
  for (let round = 0; round < rounds(10); round += 1) {
    const name = `other-${round}`
    const other = await here.volume(name)
    await fillTree(other, 'old', 1000)
    const before = await treeListing(other)
    const target = { name, observed: await here.observe(name), empty: false }
    const running = outcomesOf(interrupted(here, round * 70), planRestore(snapshot, target))
    await running.catch((reason: unknown) => expect(reason).toBe(stop))
    const found = await treeListing(other)
    if (found.includes(stagingName)) {
      // The new is in place, and the old was to be kept when it was interrupted: the next run keeps it.
      const [left = ''] = await readdir(here.world.journal.location)
      const entry: JournalEntry = JSON.parse(
        await readFile(path.join(here.world.journal.location, left), 'utf8'),
      )
      await recoverVolume(here.world, entry)
      expect(await treeListing(other)).toBe(after)
    } else expect([before, after]).toContain(found)
    await expectTidy(here)
  }
})

test('a clone that is interrupted at any time leaves no volume, or a whole one', async () => {
  const here = await flow()
  const folder = await here.volume('data')
  await fillTree(folder, 'x', 1_000_000)
  const listing = await treeListing(folder)
  for (let round = 0; round < rounds(8); round += 1) {
    const name = `copy-${round}`
    const plan = planClone(await here.observe('data'), name, false, { consistency: 'auto' })
    await outcomesOf(interrupted(here, round * 70), plan).catch((reason: unknown) =>
      expect(reason).toBe(stop),
    )
    if ((await here.world.docker.volume(name)) !== undefined)
      expect(await treeListing(here.engine.folder(name))).toBe(listing)
    await expectTidy(here)
  }
})

test('of two commands that make the same volume at once, one is done and the other leaves that alone', async () => {
  const here = await flow()
  const listings = new Map<string, string>()
  for (const name of ['one', 'two']) {
    const folder = await here.volume(name)
    await fillTree(folder, name, 1000)
    listings.set(name, await treeListing(folder))
  }
  for (let round = 0; round < rounds(5); round += 1) {
    const copy = `copy-${round}`
    const cloning = ['one', 'two'].map(async (name, index) => {
      const plan = planClone(await here.observe(name), copy, false, { consistency: 'auto' })
      await sleep(index * round * 100)
      await outcomesOf(here.worldOf(new AbortController().signal), plan)
      return name
    })
    const done = (await Promise.allSettled(cloning)).flatMap((result) =>
      result.status === 'fulfilled' ? [result.value] : [],
    )
    expect(done).toHaveLength(1)
    expect(await treeListing(here.engine.folder(copy))).toBe(listings.get(done[0] ?? ''))
    await expectTidy(here)
  }
})
