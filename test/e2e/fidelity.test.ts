import { createReadStream } from 'node:fs'
import { mkdir, readdir, stat } from 'node:fs/promises'
import path from 'node:path'
import { execa } from 'execa'
import { beforeAll, describe, expect, test } from 'vitest'
import { expectDone, expectExit, expectNoHelpers, expectSameTree, onlyReference } from './checks.ts'
import { fillWithEverything, pythonIn } from './everything.ts'
import { layersOnDisk } from './stored.ts'
import { listTree, type Listing } from './listing.ts'
import { scenario } from './scenario.ts'

const bed = await scenario('fidelity')

/** A volume that only serves as source, with all that there is. */
let full = ''
let before: Listing = { files: {}, allocated: {} }
let reference = ''

beforeAll(async () => {
  full = await bed.volume('full')
  await fillWithEverything(await bed.mountpoint(full), 'devices')
  before = await bed.listing(full)
  reference = onlyReference(await bed.vol('snapshot', '-q', full))
})

test('the volume that is copied here must hold all that a copy can lose', () => {
  const files = Object.values(before.files)
  expect(new Set(files.map(({ type }) => type))).toEqual(
    new Set(['directory', 'file', 'symlink', 'fifo', 'character', 'block']),
  )
  expect(before.files['.']).toMatchObject({
    mode: '3771',
    uid: 999,
    gid: 1999,
    modified: '1234567890987654321',
  })
  expect(before.files['.']?.acl).toHaveLength(11)
  expect(before.files['.']?.attributes?.join()).toContain('user.root=')
  expect(before.files['attributes/capability']?.attributes?.join()).toContain('security.capability=')
  expect(before.files['hard/z-first']?.linkedWith).toBe('hard/a-second')
  expect(before.files['hard/symlink']?.linkedWith).toBe('hard/other/symlink-again')
  expect(before.files['hard/other/z-absolute']?.linkedWith).toBe('hard/a-absolute-again')
  expect(files.some(({ modified }) => modified.startsWith('-'))).toBe(true)
  expect(Object.keys(before.files).some((name) => name.length > 3700)).toBe(true)
})

test('taking a snapshot must leave the volume as it was', async () => {
  expectSameTree(await bed.listing(full), before)
})

test('restore must bring back everything of a volume that was removed', async () => {
  const volume = await bed.volume('removed')
  await fillWithEverything(await bed.mountpoint(volume), 'devices')
  const listing = await bed.listing(volume)
  const taken = onlyReference(await bed.vol('snapshot', '-q', volume))
  expectDone(await bed.vol('verify', taken))
  await bed.docker('volume', 'rm', volume)
  expectDone(await bed.vol('restore', taken))
  expectSameTree(await bed.listing(volume), listing)
})

test('restore must leave nothing of what an existing volume held, on its root either', async () => {
  const volume = await bed.volume('existing')
  await fillWithEverything(await bed.mountpoint(volume), 'no devices')
  await pythonIn(
    await bed.mountpoint(volume),
    `import os
os.setxattr('.', 'user.left-over', b'x')
os.mkdir('another'); open('-C', 'w').write('other'); os.chmod('.', 0o7777); os.chown('.', 1, 2)`,
  )
  expectDone(await bed.vol('restore', '--yes', '--into', volume, reference))
  expectSameTree(await bed.listing(volume), before)
})

test('restore must take ACLs and attributes off the root of an existing volume when the snapshot has none', async () => {
  const plain = await bed.volume('plain-root')
  await bed.shell(plain, 'mkdir d; echo x >d/f; echo y >g; touch -d @1.000000002 d . g')
  const listing = await bed.listing(plain)
  const taken = onlyReference(await bed.vol('snapshot', '-q', plain))
  const target = await bed.volume('rich-root')
  await fillWithEverything(await bed.mountpoint(target), 'no devices')
  expectDone(await bed.vol('restore', '--yes', '--into', target, taken))
  expectSameTree(await bed.listing(target), listing)
})

test('restore must not let a default ACL of the old root change the mode of any new file', async () => {
  const modes = await bed.volume('modes')
  await bed.shell(
    modes,
    'for mode in 0 100 700 711 750 2770 1777; do mkdir -m $mode $mode; install -m $mode /dev/null f$mode; done',
  )
  const listing = await bed.listing(modes)
  const taken = onlyReference(await bed.vol('snapshot', '-q', modes))
  const target = await bed.volume('acl-root')
  await fillWithEverything(await bed.mountpoint(target), 'no devices')
  expectDone(await bed.vol('restore', '--yes', '--into', target, taken))
  expectSameTree(await bed.listing(target), listing)
})

test('clone must copy everything', async () => {
  const copy = bed.name('copy')
  expectDone(await bed.vol('clone', full, copy))
  expectSameTree(await bed.listing(copy), before)
  expectSameTree(await bed.listing(full), before)
})

describe.each(['tar', 'tar.gz', 'tar.zst'])('an archive x.%s', (extension) => {
  const file = () => path.join(bed.folder, `full.${extension}`)

  // But not the holes of sparse files: a plain tar, which every tar must read, has zeros in their place.
  test('must bring everything back', async () => {
    expectDone(await bed.vol('snapshot', '--output', file(), full))
    const volume = bed.name('from-archive')
    expectDone(await bed.vol('restore', '--allow-devices', '--from', file(), volume))
    expect((await bed.listing(volume)).files).toEqual(before.files)
  })

  test('must not bring device nodes unless they are allowed', async () => {
    const volume = bed.name('refused')
    expectExit(await bed.vol('restore', '--from', file(), volume), 5, /special\/(character|block|whiteout)/)
    expect((await bed.tryDocker('volume', 'inspect', volume)).exitCode).toBe(1)
    await expectNoHelpers(bed, volume)
  })
})

test('an archive on standard output must bring everything back from standard input', async () => {
  const archive = path.join(bed.folder, 'standard-output.tar')
  expectDone(await bed.vol('snapshot', '--output', '-', full, { outputFile: archive }))
  const volume = bed.name('from-stdin')
  const input = createReadStream(archive)
  expectDone(await bed.vol('restore', '--allow-devices', '--from', '-', volume, { input }))
  expect((await bed.listing(volume)).files).toEqual(before.files)
})

test('zstd and tar alone must bring everything back', async () => {
  const folder = path.join(bed.folder, 'by hand')
  await mkdir(folder)
  const layers = await layersOnDisk(bed.store, reference)
  expect(layers.length).toBeGreaterThan(2)
  for (const layer of layers) {
    const script =
      'zstd -dc "$1" | tar -x -p --same-owner --numeric-owner --xattrs --xattrs-include="*" --acls -C "$2"'
    await execa('bash', ['-euo', 'pipefail', '-c', script, 'bash', layer, folder])
  }
  expectSameTree(await listTree(folder), before)
})

test('a sparse file of 1 GiB must take no more than 40 KB and come back sparse', async () => {
  const volume = await bed.volume('sparse')
  await bed.shell(
    volume,
    `truncate -s 1G disk; printf begin | dd of=disk conv=notrunc status=none
     printf middle | dd of=disk bs=1 seek=500M conv=notrunc status=none`,
  )
  const listing = await bed.listing(volume)
  expect(listing.allocated['disk']).toBeLessThan(40_000)
  const taken = onlyReference(await bed.vol('snapshot', '-q', volume))
  const blobs = path.join(bed.store, volume, 'blobs', 'sha256')
  let stored = 0
  for (const blob of await readdir(blobs)) stored += (await stat(path.join(blobs, blob))).size
  expect(stored).toBeLessThan(40_000)
  await bed.docker('volume', 'rm', volume)
  expectDone(await bed.vol('restore', taken))
  const after = await bed.listing(volume)
  expectSameTree(after, listing)
  expect(after.files['disk']?.size).toBe(1024 ** 3)
})

test('an empty volume must come back', async () => {
  const volume = await bed.volume('empty')
  const listing = await bed.listing(volume)
  expect(Object.keys(listing.files)).toEqual(['.'])
  const taken = onlyReference(await bed.vol('snapshot', '-q', volume))
  expectDone(await bed.vol('verify', taken))
  await bed.docker('volume', 'rm', volume)
  expectDone(await bed.vol('restore', taken))
  expectSameTree(await bed.listing(volume), listing)
})

test('the owner, mode, attributes, ACLs and time of a root with nothing below it must come back', async () => {
  const volume = await bed.volume('root')
  await fillWithEverything(await bed.mountpoint(volume), 'no devices')
  await pythonIn(
    await bed.mountpoint(volume),
    `import os, shutil
for entry in os.scandir(b'.'): shutil.rmtree(entry.path) if entry.is_dir() else os.remove(entry.path)
os.utime('.', ns=(5, -1_000_000_001))`,
  )
  const listing = await bed.listing(volume)
  expect(listing.files['.']).toMatchObject({ uid: 999, modified: '-1000000001' })
  const taken = onlyReference(await bed.vol('snapshot', '-q', volume))
  const copy = bed.name('root-copy')
  expectDone(await bed.vol('clone', volume, copy))
  expectSameTree(await bed.listing(copy), listing)
  await bed.docker('volume', 'rm', volume)
  expectDone(await bed.vol('restore', taken))
  expectSameTree(await bed.listing(volume), listing)
})
