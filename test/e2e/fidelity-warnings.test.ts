import path from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { expectDone, expectSameTree, onlyReference } from './checks.ts'
import { pythonIn } from './everything.ts'
import type { Listing } from './listing.ts'
import { scenario } from './scenario.ts'

const bed = await scenario('warnings')

/** A volume with sockets at its top and further down, and what a copy of it must be. */
let volume = ''
let without: Listing = { files: {}, allocated: {} }

beforeAll(async () => {
  volume = await bed.volume('sockets')
  await pythonIn(
    await bed.mountpoint(volume),
    `import os, socket
os.makedirs('run/deep'); open('run/file', 'w').write('x')
for name in ['top.sock', 'run/deep/new\\nline.sock']:
  socket.socket(socket.AF_UNIX).bind(name)
for number, directory in enumerate(['run/deep', 'run', '.']):
  os.utime(directory, ns=(5, 1_500_000_000_000_000_007 + number))`,
  )
  const { files, allocated } = await bed.listing(volume)
  const kept = Object.entries(files).filter(([, { type }]) => type !== 'socket')
  expect(kept).toHaveLength(Object.keys(files).length - 2)
  without = { files: Object.fromEntries(kept), allocated }
})

/** Both sockets are named on stderr, in a form that a terminal can show. */
function expectNamed(stderr: string): void {
  expect(stderr).toMatch(/^Warning: "top\.sock": A socket/m)
  expect(stderr).toMatch(/^Warning: "run\/deep\/new\\nline\.sock": A socket/m)
}

test('snapshot must name each socket on stderr and in the snapshot, and keep all else', async () => {
  const taken = await bed.vol('snapshot', volume)
  expectNamed(taken.stderr)
  const reference = onlyReference(taken)
  const [shown]: { Config: { warnings: object[] } }[] = JSON.parse(
    expectDone(await bed.vol('show', reference)),
  )
  expect(shown?.Config.warnings).toEqual([
    expect.objectContaining({ code: 'socket-skipped', path: 'run/deep/new\\nline.sock' }),
    expect.objectContaining({ code: 'socket-skipped', path: 'top.sock' }),
  ])
  const target = bed.name('restored')
  expectDone(await bed.vol('restore', '--into', target, reference))
  expectSameTree(await bed.listing(target), without)
})

test('clone must name each socket, and keep the times of the directories they lay in', async () => {
  const copy = bed.name('copy')
  const cloned = await bed.vol('clone', volume, copy)
  expectDone(cloned)
  expectNamed(cloned.stderr)
  expectSameTree(await bed.listing(copy), without)
})

test('an archive must name each socket, and keep all else', async () => {
  const file = path.join(bed.folder, 'sockets.tar')
  const written = await bed.vol('snapshot', '--output', file, volume)
  expectDone(written)
  expectNamed(written.stderr)
  const target = bed.name('from-archive')
  expectDone(await bed.vol('restore', '--from', file, target))
  expectSameTree(await bed.listing(target), without)
})

test('names of one fifo, which no tar can keep together, must all come back and be told of', async () => {
  const fifos = await bed.volume('fifos')
  await bed.shell(fifos, 'mkdir d; mkfifo a; ln a d/b; ln a c; echo x >f; ln f g')
  const taken = await bed.vol('snapshot', fifos)
  expect(taken.stderr).toMatch(/^Warning: .*3 names of fifos and device nodes/m)
  const target = bed.name('fifos-restored')
  expectDone(await bed.vol('restore', '--into', target, onlyReference(taken)))
  const { files } = await bed.listing(target)
  for (const name of ['a', 'd/b', 'c']) expect(files[name]?.type).toBe('fifo')
  expect(files['g']?.linkedWith).toBe('f')
  const copy = bed.name('fifos-copy')
  expectDone(await bed.vol('clone', fifos, copy))
  expectSameTree(await bed.listing(copy), await bed.listing(fifos))
})

test('an archive of a volume that holds but one directory must not be taken for one of the recipe', async () => {
  for (const script of ['mkdir data', 'mkdir data; echo x >data/x']) {
    const single = await bed.volume('single')
    await bed.shell(single, script)
    const file = path.join(bed.folder, 'single.tar.gz')
    expectDone(await bed.vol('snapshot', '--output', file, single))
    const target = bed.name('single-restored')
    expectDone(await bed.vol('restore', '--from', file, target))
    expectSameTree(await bed.listing(target), await bed.listing(single))
  }
})
