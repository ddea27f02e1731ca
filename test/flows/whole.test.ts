import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { planClone } from '../../src/operations/clone.ts'
import { planRestore } from '../../src/operations/restore.ts'
import { verifySnapshot } from '../../src/snapshots/verify.ts'
import { outcomesOf, snapshotOf } from './carry-out.ts'
import { fillTree, treeListing } from './tree.ts'
import { flow } from './world.ts'

describe('a snapshot', () => {
  test('is whole when it is verified, and brings back just what was there, into a new volume and over another', async () => {
    const here = await flow()
    const folder = await here.volume('data')
    await fillTree(folder)
    const before = await treeListing(folder)
    const snapshot = await snapshotOf(here, 'data')
    expect(await treeListing(folder), 'a snapshot changes nothing').toBe(before)
    expect(await verifySnapshot(here.world, snapshot)).toMatchObject({ whole: true })

    const target = { name: 'copy', observed: undefined, empty: false }
    await outcomesOf(here.world, planRestore(snapshot, target))
    expect(await treeListing(here.engine.folder('copy'))).toBe(before)

    const other = await here.volume('other')
    await fillTree(other, 'something else')
    await writeFile(path.join(other, 'one more'), '')
    const observed = await here.observe('other')
    await outcomesOf(here.world, planRestore(snapshot, { name: 'other', observed, empty: false }))
    expect(await treeListing(other)).toBe(before)
    expect(await here.world.journal.interrupted()).toEqual([])
    expect(await here.world.docker.containers()).toEqual([])
  })

  test('of an empty volume brings back an empty volume', async () => {
    const here = await flow()
    const before = await treeListing(await here.volume('nothing'))
    const snapshot = await snapshotOf(here, 'nothing')
    expect(snapshot.config.totals).toMatchObject({ entries: 0, files: 0, bytes: 0 })
    await outcomesOf(here.world, planRestore(snapshot, { name: 'again', observed: undefined, empty: false }))
    expect(await treeListing(here.engine.folder('again'))).toBe(before)
  })

  test('is refused, not taken, of a volume in which a restore was interrupted', async () => {
    const here = await flow()
    const folder = await here.volume('data')
    await fillTree(path.join(folder))
    await writeFile(path.join(folder, '.docker-vol-restore'), '')
    await expect(snapshotOf(here, 'data')).rejects.toMatchObject({ code: 'BUSY' })
    expect(await here.world.store.list()).toEqual([])
    expect(await here.world.docker.containers()).toEqual([])
  })
})

describe('a clone', () => {
  test('holds just what its source holds, and leaves that as it was', async () => {
    const here = await flow()
    const folder = await here.volume('data')
    await fillTree(folder)
    const before = await treeListing(folder)
    const [outcome] = await outcomesOf(
      here.world,
      planClone(await here.observe('data'), 'copy', false, { consistency: 'auto' }),
    )
    expect(outcome).toMatchObject({ did: 'restored', volume: 'copy', from: 'data', warnings: [] })
    expect(await treeListing(here.engine.folder('copy'))).toBe(before)
    expect(await treeListing(folder)).toBe(before)
  })

  test('is refused of a volume in which a restore was interrupted, and leaves no volume', async () => {
    const here = await flow()
    await writeFile(path.join(await here.volume('data'), '.docker-vol-restore'), '')
    const plan = planClone(await here.observe('data'), 'copy', false, { consistency: 'auto' })
    await expect(outcomesOf(here.world, plan)).rejects.toMatchObject({ code: 'BUSY' })
    expect(await here.world.docker.volume('copy')).toBeUndefined()
    expect(await here.world.journal.interrupted()).toEqual([])
  })

  test('never removes a volume that somebody else has filled meanwhile', async () => {
    const here = await flow()
    await here.volume('data')
    const plan = planClone(await here.observe('data'), 'copy', false, { consistency: 'auto' })
    await writeFile(path.join(await here.volume('copy'), 'theirs'), 'precious')
    await expect(outcomesOf(here.world, plan)).rejects.toMatchObject({ code: 'VOLUME_EXISTS' })
    expect(await readFile(path.join(here.engine.folder('copy'), 'theirs'), 'utf8')).toBe('precious')
  })
})
