/** Every restore can be taken back, on a real engine. */
import { cp, rm, truncate } from 'node:fs/promises'
import path from 'node:path'
import { execa } from 'execa'
import { beforeAll, describe, expect, test } from 'vitest'
import { expectDone, expectExit, expectNoHelpers, expectSameTree, onlyReference } from './checks.ts'
import { fillUp, smallFileSystems, volumeIn } from './full-place.ts'
import { expectEmptyJournal, expectTidyStore } from './left-behind.ts'
import { listTree, type Listing } from './listing.ts'
import { fillWithOddTree } from './odd-tree.ts'
import { scenario } from './scenario.ts'
import { snapshotOnDisk } from './stored.ts'

const bed = await scenario('undo')
const smallFileSystem = smallFileSystems(bed)
let source: string
let reference: string
let taken: Listing

beforeAll(async () => {
  source = await bed.volume('source')
  await fillWithOddTree(await bed.mountpoint(source), 'one')
  reference = onlyReference(await bed.vol('snapshot', '--quiet', source))
  taken = await bed.listing(source)
})

/** A volume with contents, and a root, of its own. */
async function other(part = 'other'): Promise<{ readonly volume: string; readonly before: Listing }> {
  const volume = await bed.volume(part, { labels: { mine: 'yes' } })
  const folder = await bed.mountpoint(volume)
  await fillWithOddTree(folder, 'two')
  const root = 'cd "$1"; setfattr -n user.root -v old .; setfacl -m d:u:77:rwx .; touch -d @1400000000.25 .'
  await execa('sh', ['-euc', root, 'sh', folder])
  return { volume, before: await bed.listing(volume) }
}

const restoreOver = async (volume: string, ...more: readonly string[]) =>
  expectDone(await bed.vol('restore', '--yes', '--into', volume, ...more, reference))

async function undo(volume: string): Promise<void> {
  expect(expectDone(await bed.vol('undo', '--yes', volume))).toBe(`${volume}\n`)
  await expectNoHelpers(bed, volume)
}

async function listed(volume: string): Promise<readonly Record<string, unknown>[]> {
  const lines = expectDone(await bed.vol('undo', '--list', '--format=json', volume)).split('\n')
  return lines.filter(Boolean).map((line): Record<string, unknown> => JSON.parse(line))
}

test('undo must bring back what a restore replaced, the attributes of the root included', async () => {
  const { volume, before } = await other()
  await restoreOver(volume)
  expectSameTree(await bed.listing(volume), taken)
  await undo(volume)
  expectSameTree(await bed.listing(volume), before)
  await expectEmptyJournal(bed)
  await expectTidyStore(bed.store, volume)
})

test('undo must itself be undone, with all that was written since the restore', async () => {
  const { volume, before } = await other()
  await restoreOver(volume)
  await bed.shell(volume, 'echo precious >written-since')
  await undo(volume)
  expectSameTree(await bed.listing(volume), before)
  await undo(volume)
  expect(await bed.shell(volume, 'cat written-since; rm written-since')).toBe('precious\n')
  expect(withoutRootTime(await bed.listing(volume))).toEqual(withoutRootTime(taken))
  expect(await listed(volume)).toHaveLength(3)
})

test('undo must bring back a volume that has been removed since, as it was made', async () => {
  const { volume, before } = await other()
  await restoreOver(volume)
  await bed.docker('volume', 'rm', volume)
  await undo(volume)
  expectSameTree(await bed.listing(volume), before)
  const { stdout } = await bed.docker('volume', 'inspect', '--format', '{{json .Labels}}', volume)
  expect(JSON.parse(stdout)).toMatchObject({ mine: 'yes' })
})

test('undo must take back a restore of single paths, and nothing else', async () => {
  const { volume } = await other()
  await bed.shell(volume, 'rm -r dir; rm top-9; echo kept >top-8; ln -sf gone top-7')
  const before = await bed.listing(volume)
  const paths = ['--path=dir/odd name', '--path=top-9', '--path=top-7', '--path=top-6', '--path=only-one']
  await restoreOver(volume, ...paths)
  const [copy] = await listed(volume)
  expect(copy?.['Paths']).toEqual(expect.arrayContaining(['dir', 'top-9', 'top-7', 'top-6', 'only-one']))
  await bed.shell(volume, 'echo mine >written-since')
  await undo(volume)
  expect(await bed.shell(volume, 'cat written-since; rm written-since')).toBe('mine\n')
  // The root was written to; the time of everything else is as it was.
  expect(withoutRootTime(await bed.listing(volume))).toEqual(withoutRootTime(before))
  await undo(volume)
  expect((await bed.listing(volume)).files['top-9']).toEqual(taken.files['top-9'])
})

function withoutRootTime({ files }: Listing) {
  return { ...files, '.': { ...files['.'], modified: 'not kept' } }
}

test('undo must take back a restore of an archive', async () => {
  const { volume, before } = await other()
  const archive = path.join(bed.folder, 'archive.tar.zst')
  expectDone(await bed.vol('snapshot', '--output', archive, source))
  expectDone(await bed.vol('restore', '--yes', '--allow-devices', '--from', archive, volume))
  expect(await listed(volume)).toMatchObject([{ ReplacedBy: archive, Paths: null }])
  await undo(volume)
  expectSameTree(await bed.listing(volume), before)
})

test('undo must say what it would do, and ask, naming the volume', async () => {
  const { volume } = await other()
  await restoreOver(volume)
  const plan = expectDone(await bed.vol('undo', '--dry-run'))
  expect(plan).toMatch(
    new RegExp(`^1\\. restore ${volume}@\\S+ over the contents of ${volume} +# .+${reference} was restored`),
  )
  expectExit(await bed.vol('undo'), 5, `The contents of the volume "${volume}" will be as before`)
  expectSameTree(await bed.listing(volume), taken)
})

test('undo must end with 4 when there is nothing to take back, and say so', async () => {
  const fresh = bed.name('fresh')
  await restoreOver(fresh)
  expectExit(await bed.vol('undo', '--yes', fresh), 4, /holds no undo copy.*\n.*new or empty/s)
  const empty = await bed.volume('empty')
  await restoreOver(empty)
  expectExit(await bed.vol('undo', '--yes', empty), 4, 'no undo copy')
  expectExit(await bed.vol('undo', '--yes', 'never-was'), 4, 'no undo copy')
})

test('undo copies must be no snapshots for whoever did not ask for them', async () => {
  const { volume } = await other()
  const mine = onlyReference(await bed.vol('snapshot', '--quiet', volume))
  await restoreOver(volume)
  const [copy] = await listed(volume)
  expect(copy).toMatchObject({ Volume: volume, ReplacedBy: reference, KeptUntil: null })
  expect(expectDone(await bed.vol('snapshots', '-q', volume)).trim()).toBe(mine)
  expect(expectDone(await bed.vol('snapshots', '-q', '--all', volume))).toContain(String(copy?.['Reference']))
  expect(expectDone(await bed.vol('show', `${volume}@latest`))).toContain(mine)
  const ls = expectDone(await bed.vol('ls', '--format=json', '--filter', `name=${volume}`))
  expect(JSON.parse(ls)).toMatchObject({ Snapshots: 1, LastSnapshot: { ID: mine.split('@')[1] } })
  expectExit(await bed.vol('rm', '--yes', mine), 5, 'no snapshot that can be restored')
  // Whoever names one gets it.
  expectDone(await bed.vol('verify', String(copy?.['Reference'])))
  expectDone(await bed.vol('rm', '--yes', String(copy?.['Reference'])))
  expectExit(await bed.vol('undo', '--yes', volume), 4)
})

describe('when something fails', () => {
  test('a damaged snapshot must leave the volume as it was, and nothing to undo', async () => {
    const { volume, before } = await other()
    const broken = path.join(bed.folder, 'broken')
    await cp(bed.store, broken, { recursive: true })
    const [layer = ''] = (await snapshotOnDisk(broken, reference)).layers
    await truncate(layer, 1000)
    expectExit(
      await bed.vol('restore', '--yes', '--store', broken, '--into', volume, reference),
      3,
      'is damaged',
    )
    expectSameTree(await bed.listing(volume), before)
    expectExit(await bed.vol('undo', '--yes', '--store', broken, volume), 4)
    await rm(broken, { recursive: true })
  })

  test('a damaged undo copy must leave the volume as it is', async () => {
    const { volume } = await other()
    await restoreOver(volume)
    const [copy] = await listed(volume)
    const [layer = ''] = (await snapshotOnDisk(bed.store, String(copy?.['Reference']))).layers
    await truncate(layer, 1000)
    expectExit(await bed.vol('undo', '--yes', volume), 3, 'is damaged')
    expectSameTree(await bed.listing(volume), taken)
    await rm(path.join(bed.store, volume), { recursive: true })
  })

  test('a volume without room must be as it was', async () => {
    const folder = await smallFileSystem('tight volume', { mebibytes: 20 })
    const volume = await volumeIn(bed, folder, 'tight')
    await fillWithOddTree(folder, 'two')
    const ballast = await fillUp(folder, 1_000_000)
    const before = await listTree(folder)
    expectExit(await bed.vol('restore', '--yes', '--into', volume, reference), 7)
    expectSameTree(await listTree(folder), before)
    expectExit(await bed.vol('undo', '--yes', volume), 4)
    await rm(ballast)
    await restoreOver(volume)
    await undo(volume)
    expect(Object.keys((await listTree(folder)).files)).toContain('only-two')
  })

  test('a store without room must cost no restore and no old contents; the next run keeps them', async () => {
    const store = path.join(await smallFileSystem('store', { mebibytes: 24 }), 'snapshots')
    await cp(path.join(bed.store, source), path.join(store, source), { recursive: true })
    // The contents of the volume are 3 MB that cannot be compressed.
    const { volume, before } = await other()
    const ballast = await fillUp(path.dirname(store), 1_000_000)
    const words = ['restore', '--yes', '--store', store, '--into', volume, reference]
    const { exitCode, stdout, stderr } = await bed.vol(...words)
    expect(exitCode, stderr).toBe(0)
    expect(stdout).toBe(`${volume}\n`)
    expect(stderr).toMatch(/Warning: .*could not be kept.*no space left.*\.docker-vol-restore\/old/i)
    expect(stderr).toContain('docker vol doctor')
    const waiting = path.join(await bed.mountpoint(volume), '.docker-vol-restore')
    expectSameTree(await listTree(path.join(waiting, 'old')), before)
    // Another restore would have to keep it first, and does nothing.
    expectExit(await bed.vol(...words), 7, 'could not be kept')
    expectSameTree(await listTree(path.join(waiting, 'old')), before)
    // A backup of the new contents can be taken meanwhile, to where there is room.
    const archive = path.join(bed.folder, 'meanwhile.tar')
    expectDone(await bed.vol('snapshot', '--store', store, '--output', archive, volume))
    await rm(ballast)
    const doctor = expectDone(await bed.vol('doctor', '--store', store))
    expect(doctor).toMatch(/mended +.*kept as an undo copy/)
    expectSameTree(await bed.listing(volume), taken)
    await expectEmptyJournal(bed)
    expectDone(await bed.vol('undo', '--yes', '--store', store, volume))
    expectSameTree(await bed.listing(volume), before)
  })
})
