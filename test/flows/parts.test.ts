import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { execa } from 'execa'
import { describe, expect, test } from 'vitest'
import { planImport, planRestorePaths } from '../../src/operations/restore.ts'
import { planExport } from '../../src/operations/snapshot.ts'
import { outcomesOf, snapshotOf } from './carry-out.ts'
import { fillTree, treeListing } from './tree.ts'
import { flow } from './world.ts'

/** The other name of this file, outside, is another file once it was restored by itself. */
function links(listing: string): string {
  return listing.replace(/ 2 \.\/app\.conf/, ' 1 ./app.conf')
}

describe('restoring single paths', () => {
  test('must bring back just these, and leave everything else as it is', async () => {
    const here = await flow()
    const folder = await here.volume('data')
    // Many small files share a frame, and those that are wanted lie apart.
    await mkdir(path.join(folder, 'many'))
    const names = Array.from({ length: 300 }, (_, index) => `many/${String(index).padStart(3, '0')}`)
    for (const name of names) await writeFile(path.join(folder, name), name.repeat(500))
    await writeFile(path.join(folder, 'large'), Buffer.alloc(9_000_000, 'x'))
    await mkdir(path.join(folder, 'ä 日'), { recursive: true })
    await writeFile(path.join(folder, 'ä 日', 'file'), 'umlaut')
    const snapshot = await snapshotOf(here, 'data')

    await rm(path.join(folder, 'many'), { recursive: true })
    await mkdir(path.join(folder, 'many'))
    await writeFile(path.join(folder, 'many', '007'), 'changed')
    await writeFile(path.join(folder, 'many', 'mine'), 'mine')
    await writeFile(path.join(folder, 'large'), 'changed')
    await rm(path.join(folder, 'ä 日'), { recursive: true })
    const target = { name: 'data', observed: await here.observe('data'), empty: false }
    const paths = ['many/007', 'many/200', 'many/201', 'large', 'ä 日/file']
    const [outcome] = await outcomesOf(here.world, planRestorePaths(snapshot, target, paths))
    expect(outcome).toMatchObject({ did: 'restored', from: expect.stringContaining('ä 日/file') })

    const found = await execa('find', ['.', '-type', 'f', '-printf', '%p\n'], { cwd: folder })
    expect(found.stdout.split('\n').toSorted()).toEqual(
      ['./large', './many/007', './many/200', './many/201', './many/mine', './ä 日/file'].toSorted(),
    )
    for (const name of ['many/007', 'many/200', 'many/201'])
      expect(await readFile(path.join(folder, name), 'utf8')).toBe(name.repeat(500))
    expect((await readFile(path.join(folder, 'large'))).equals(Buffer.alloc(9_000_000, 'x'))).toBe(true)
    expect(await readFile(path.join(folder, 'many', 'mine'), 'utf8')).toBe('mine')
  })

  test('must bring back whole directories with all that lies in them', async () => {
    const here = await flow()
    const folder = await here.volume('data')
    await fillTree(folder, 'x', 100)
    const listing = await treeListing(path.join(folder, 'etc'))
    const snapshot = await snapshotOf(here, 'data')
    await rm(path.join(folder, 'etc'), { recursive: true })
    const target = { name: 'data', observed: await here.observe('data'), empty: false }
    await outcomesOf(here.world, planRestorePaths(snapshot, target, ['etc']))
    expect(links(await treeListing(path.join(folder, 'etc')))).toBe(links(listing))
  })

  test('must do nothing when one of them is not in the snapshot', async () => {
    const here = await flow()
    const folder = await here.volume('data')
    await writeFile(path.join(folder, 'a'), 'before')
    const snapshot = await snapshotOf(here, 'data')
    await writeFile(path.join(folder, 'a'), 'after')
    const target = { name: 'data', observed: await here.observe('data'), empty: false }
    await expect(
      outcomesOf(here.world, planRestorePaths(snapshot, target, ['a', 'no'])),
    ).rejects.toMatchObject({
      code: 'PATH_NOT_FOUND',
      exit: 4,
    })
    expect(await readFile(path.join(folder, 'a'), 'utf8')).toBe('after')
  })
})

describe('an archive', () => {
  test.each(['data.tar', 'data.tar.gz', 'data.tar.zst'])('%s brings back what was there', async (name) => {
    const here = await flow()
    const folder = await here.volume('data')
    await fillTree(folder)
    const before = await treeListing(folder)
    const file = path.join(here.folder, name)
    await outcomesOf(here.world, planExport(await here.observe('data'), { consistency: 'auto' }, file))
    const target = { name: 'copy', observed: undefined, empty: false }
    await outcomesOf(here.world, planImport(file, target, true))
    expect(await treeListing(here.engine.folder('copy'))).toBe(before)
  })

  test('of the classic recipe is taken for the volume itself, and that is told', async () => {
    const here = await flow()
    const file = path.join(here.folder, 'classic.tgz')
    await mkdir(path.join(here.folder, 'data'))
    await writeFile(path.join(here.folder, 'data', 'a'), 'a')
    await execa('tar', ['-czf', file, '-C', here.folder, 'data'])
    const target = { name: 'copy', observed: undefined, empty: false }
    const [outcome] = await outcomesOf(here.world, planImport(file, target, false))
    expect(outcome).toMatchObject({ warnings: [expect.stringContaining('"data/"')] })
    expect(await readFile(path.join(here.engine.folder('copy'), 'a'), 'utf8')).toBe('a')
  })

  test('whose only directory holds the name that a restore needs is brought in as it is', async () => {
    const here = await flow()
    const file = path.join(here.folder, 'odd.tar')
    await mkdir(path.join(here.folder, 'data', '.docker-vol-restore', 'deep'), { recursive: true })
    await execa('tar', ['-cf', file, '-C', here.folder, 'data'])
    const target = { name: 'copy', observed: undefined, empty: false }
    await outcomesOf(here.world, planImport(file, target, false))
    expect(await treeListing(here.engine.folder('copy'))).toContain('./data/.docker-vol-restore/deep')
    expect(await here.world.journal.interrupted()).toEqual([])
  })

  test('that is cut short or hostile leaves no volume behind', async () => {
    const here = await flow()
    const whole = path.join(here.folder, 'whole.tar')
    await mkdir(path.join(here.folder, 'data'))
    await writeFile(path.join(here.folder, 'data', 'a'), Buffer.alloc(100_000, 'a'))
    await execa('tar', ['-cf', whole, '-C', here.folder, 'data'])
    const cut = path.join(here.folder, 'cut.tar')
    await writeFile(cut, (await readFile(whole)).subarray(0, 50_000))
    const above = path.join(here.folder, 'above.tar')
    await execa('tar', ['-cPf', above, '--transform', 's,^,../,', '-C', here.folder, 'data'])
    for (const file of [cut, above]) {
      const target = { name: 'copy', observed: undefined, empty: false }
      await expect(outcomesOf(here.world, planImport(file, target, false)), file).rejects.toMatchObject({
        code: 'ARCHIVE_REFUSED',
      })
      expect(await here.world.docker.volume('copy')).toBeUndefined()
    }
    expect(await here.world.docker.containers()).toEqual([])
  })
})
