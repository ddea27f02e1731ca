/** A file that nobody may move (`chattr +i`): the restore fails as a whole, names it, and holds up nobody. */
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { expectDone, expectExit, expectSameTree, onlyReference, statesOf } from './checks.ts'
import { expectEmptyJournal } from './left-behind.ts'
import { listTree, type Listing } from './listing.ts'
import { scenario } from './scenario.ts'

const bed = await scenario('immovable')
const staging = '.docker-vol-restore'
let volume: string
let folder: string
let user: string
let reference: string
let before: Listing

beforeAll(async () => {
  volume = await bed.volume()
  folder = await bed.mountpoint(volume)
  await write('snapshot')
  reference = onlyReference(await bed.vol('snapshot', '--quiet', volume))
  await write('today')
  user = await bed.container({ volumes: { [volume]: '/data' } })
  await execa('touch', ['-d', '@1400000000.5', path.join(folder, 'dir'), folder])
  await execa('chattr', ['+i', path.join(folder, 'fixed')])
  before = await listTree(folder)
})

afterAll(async () => {
  await execa('chattr', ['-R', '-f', '-i', folder], { reject: false })
})

async function write(text: string): Promise<void> {
  await mkdir(path.join(folder, 'dir', 'deep'), { recursive: true })
  for (const name of ['a', 'fixed', 'z', 'dir/b', 'dir/deep/file'])
    await writeFile(path.join(folder, name), `${text}\n`)
}

async function expectAsBefore(): Promise<void> {
  expectSameTree(await listTree(folder), before)
  expect(await statesOf(bed, user)).toEqual(['running'])
  await expectEmptyJournal(bed)
}

test.each([
  ['all of it', []],
  ['single paths', ['--path=a', '--path=dir/b', '--path=fixed', '--path=z']],
])('a restore of %s that cannot move a file must name it, and leave all as it was', async (_, paths) => {
  expectExit(await bed.vol('restore', '--yes', ...paths, reference), 1, /\/fixed'.*not permitted/)
  await expectAsBefore()
})

test('one that was cut off and cannot be finished must be taken back by the next run', async () => {
  // As a power cut leaves it.
  await mkdir(path.join(folder, staging, 'old'), { recursive: true })
  await execa('touch', ['-d', '@1400000000.5', folder])
  await execa('tar', ['-cf', `${staging}/before.tar`, '--format=posix', '--no-recursion', '.'], {
    cwd: folder,
  })
  await mkdir(path.join(folder, staging, 'new'))
  await writeFile(path.join(folder, staging, 'new', 'a'), 'half\n')
  await writeFile(path.join(folder, staging, 'undo'), '{}')
  await writeFile(path.join(folder, staging, 'state'), 'moving-old\n')
  for (const name of ['a', 'dir'])
    await rename(path.join(folder, name), path.join(folder, staging, 'old', name))
  await bed.docker('stop', user)
  const { exitCode, stderr } = await bed.vol('restore', '--yes', '--path=fixed', reference)
  await bed.docker('start', user)
  expect(exitCode, stderr).toBe(1)
  expect(stderr).toMatch(/An interrupted restore of ".+" was undone first/)
  await expectAsBefore()
})

test('what cannot be removed must not hide that it is kept, and doctor must say what it is', async () => {
  await execa('chattr', ['-i', path.join(folder, 'fixed')])
  const deep = path.join(folder, 'dir/deep/file')
  await execa('chattr', ['+i', deep])
  const { exitCode, stderr } = await bed.vol('restore', '--yes', reference)
  expect(exitCode, stderr).toBe(0)
  expect(stderr).toMatch(/is kept as \S+, but could not be removed .*deep\/file.*not permitted/)
  expect(await readFile(deep, 'utf8')).toBe('snapshot\n')
  const doctor = await bed.vol('doctor')
  expect(`${doctor.stdout}${doctor.stderr}`).toMatch(/could not be put right.*deep\/file.*not permitted/)
  await execa('chattr', ['-i', path.join(folder, staging, 'old/dir/deep/file')])
  expectDone(await bed.vol('doctor'))
  expect(Object.keys((await listTree(folder)).files)).not.toContain(staging)
  expectDone(await bed.vol('undo', '--yes', volume))
  await expectAsBefore()
})
