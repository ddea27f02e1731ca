/** Where there is no room: exit 7, nothing half-made, what was there is there, and the same again works with room. */
import { readdir, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { execa } from 'execa'
import { beforeAll, describe, expect, test } from 'vitest'
import { expectDone, expectExit, expectNoHelpers, expectSameTree, onlyReference } from './checks.ts'
import { fillUp, smallFileSystems, volumeIn } from './full-place.ts'
import { expectEmptyJournal, expectOnlyWholeSnapshots, expectTidyStore } from './left-behind.ts'
import { listTree } from './listing.ts'
import { fillWithOddTree } from './odd-tree.ts'
import { scenario } from './scenario.ts'

const bed = await scenario('space')
const smallFileSystem = smallFileSystems(bed)
const mebibyte = 1024 ** 2
let source: string
let reference: string

beforeAll(async () => {
  source = await bed.volume('source')
  const folder = await bed.mountpoint(source)
  await fillWithOddTree(folder, 'one')
  await execa('sh', [
    '-c',
    'head -c 25000000 /dev/urandom >"$1/much"; touch -d @1400000000.5 "$1"',
    'sh',
    folder,
  ])
  reference = onlyReference(await bed.vol('snapshot', '--quiet', source))
})

describe('a store that is full', () => {
  test('fails the snapshot with 7, lists what was there alone, and takes it once there is room', async () => {
    const store = path.join(await smallFileSystem('store', { mebibytes: 90 }), 'snapshots')
    const first = onlyReference(await bed.vol('snapshot', '--quiet', '--store', store, source))
    for (const leave of [20 * mebibyte, mebibyte, 8192, 0]) {
      const ballast = await fillUp(path.dirname(store), leave)
      expectExit(await bed.vol('snapshot', '--quiet', '--store', store, source), 7, /no space left/i)
      expect(await expectOnlyWholeSnapshots(bed, '--store', store)).toEqual([first])
      await expectTidyStore(store, source)
      await expectNoHelpers(bed, source)
      await rm(ballast)
    }
    const again = onlyReference(await bed.vol('snapshot', '--quiet', '--store', store, source))
    expect(await expectOnlyWholeSnapshots(bed, '--store', store)).toEqual([first, again])
  })

  test('gives room when a snapshot is removed', async () => {
    const store = path.join(await smallFileSystem('tight', { mebibytes: 90 }), 'snapshots')
    const first = onlyReference(await bed.vol('snapshot', '--quiet', '--store', store, source))
    await execa('sh', ['-c', 'head -c 1000 /dev/urandom >"$1/small"', 'sh', await bed.mountpoint(source)])
    onlyReference(await bed.vol('snapshot', '--quiet', '--store', store, source))
    await fillUp(path.dirname(store), 0)
    expectDone(await bed.vol('rm', '--yes', '--store', store, first))
    expect(await expectOnlyWholeSnapshots(bed, '--store', store)).toHaveLength(1)
    await expectTidyStore(store, source)
  })

  test('fails the snapshot with 7 when it has no inodes left', async () => {
    const store = path.join(await smallFileSystem('inodes', { mebibytes: 90, inodes: 40 }), 'snapshots')
    const first = onlyReference(await bed.vol('snapshot', '--quiet', '--store', store, source))
    const files = await useInodes(path.dirname(store))
    expectExit(await bed.vol('snapshot', '--quiet', '--store', store, source), 7)
    expect(await expectOnlyWholeSnapshots(bed, '--store', store)).toEqual([first])
    await rm(files, { recursive: true })
    onlyReference(await bed.vol('snapshot', '--quiet', '--store', store, source))
    await expectTidyStore(store, source)
  })

  test('an archive that finds no room leaves no file', async () => {
    const folder = await smallFileSystem('archives', { mebibytes: 30 })
    await fillUp(folder, 10 * mebibyte)
    for (const name of ['volume.tar', 'volume.tar.gz', 'volume.tar.zst']) {
      expectExit(await bed.vol('snapshot', '--output', path.join(folder, name), source), 7, /no space/i)
      expect(await readdir(folder)).toEqual(['ballast'])
    }
    await rm(path.join(folder, 'ballast'))
    await writeFile(path.join(folder, 'volume.tar'), 'precious')
    await fillUp(folder, 10 * mebibyte)
    expectExit(await bed.vol('snapshot', '--output', path.join(folder, 'volume.tar'), source), 7)
    expect((await readdir(folder)).toSorted()).toEqual(['ballast', 'volume.tar'])
    expect((await execa('cat', [path.join(folder, 'volume.tar')])).stdout).toBe('precious')
  })
})

describe('a volume that is full', () => {
  const ways = ['a snapshot', 'an archive that says its size', 'an archive on standard input'] as const

  test.each(ways)('keeps what it holds when %s does not fit, and takes it later', async (way) => {
    const folder = await smallFileSystem(`volume for ${way}`, { mebibytes: 64 })
    const volume = await volumeIn(bed, folder, 'target')
    await fillWithOddTree(folder, 'two')
    const archive = path.join(bed.folder, 'source.tar.zst')
    expectDone(await bed.vol('snapshot', '--output', archive, '--consistency', 'live', source))
    const restore = async () => {
      if (way === 'a snapshot') return await bed.vol('restore', '--yes', '--into', volume, reference)
      if (way === 'an archive that says its size')
        return await bed.vol('restore', '--yes', '--allow-devices', '--from', archive, volume)
      const { stdout } = await execa('cat', [archive], { encoding: 'buffer' })
      return await bed.vol('restore', '--yes', '--allow-devices', '--from', '-', volume, { input: stdout })
    }
    for (const leave of [20 * mebibyte, mebibyte, 4096]) {
      const ballast = await fillUp(folder, leave)
      const before = await listTree(folder)
      expectExit(await restore(), 7)
      expectSameTree(await listTree(folder), before)
      await expectNoHelpers(bed, volume)
      await expectEmptyJournal(bed)
      await rm(ballast)
    }
    expectDone(await restore())
    expect(Object.keys((await listTree(folder)).files)).toContain('much')
  })

  test('keeps what it holds when it has no inodes left, and takes it later', async () => {
    const folder = await smallFileSystem('few inodes', { mebibytes: 90, inodes: 1200 })
    const volume = await volumeIn(bed, folder, 'few')
    await fillWithOddTree(folder, 'two')
    const files = await useInodes(folder, 30)
    const before = await listTree(folder)
    expectExit(await bed.vol('restore', '--yes', '--into', volume, reference), 7)
    expectExit(await bed.vol('restore', '--yes', '--into', volume, '--path', 'dir', reference), 7)
    expectSameTree(await listTree(folder), before)
    await rm(files, { recursive: true })
    expectDone(await bed.vol('restore', '--yes', '--into', volume, reference))
    await expectEmptyJournal(bed)
  })
})

/** Makes empty files until no more, or `leave` more, can be made. */
async function useInodes(folder: string, leave = 0): Promise<string> {
  const files = path.join(folder, 'files')
  const script = `mkdir "$1"; n=$(($(df --output=iavail "$1" | tail -n 1) - $2)); cd "$1"; seq -f file-%g "$n" | xargs touch`
  await execa('sh', ['-euc', script, 'sh', files, String(leave)])
  return files
}
