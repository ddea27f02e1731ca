/** Archives made by others, to do harm or by mistake: refused before anything is replaced, or restored right. */
import { existsSync } from 'node:fs'
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import process from 'node:process'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { execa } from 'execa'
import { beforeAll, expect, onTestFinished, test } from 'vitest'
import { stagingName } from '../../src/volumes/archive-script.ts'
import { hostileArchives, type HostileArchive } from '../archives/hostile.ts'
import { archive, directory, file, raw } from '../archives/raw.ts'
import { expectDone, expectExit } from './checks.ts'
import { listTree, type Listing } from './listing.ts'
import type { RunResult } from './running.ts'
import { rounds, scenario } from './scenario.ts'
import { sideBySide } from './side-by-side.ts'

const bed = await scenario('foreign-archives')
const workers = 3
/** A volume that holds something for each worker. */
const targets: string[] = []
let before: Listing
/** Another volume, and what the archives aim at on this machine. */
let bystander = ''
let around: unknown

beforeAll(async () => {
  bystander = await bed.volume('bystander')
  await bed.shell(bystander, 'echo mine >x; echo mine >escape')
  for (let worker = 0; worker < workers; worker += 1) {
    const target = await bed.volume('target')
    await bed.shell(
      target,
      'mkdir d; echo precious >x; echo precious >d/x; ln -s x z; chown 12:34 .; chmod 2751 .; touch -h -d @1600000000.123456789 d/x d z x .',
    )
    targets.push(target)
  }
  before = await bed.listing(targets[0] ?? '')
  around = await surroundings()
})

/** All that an archive could have reached: the other volume, what lies beside the volumes, and known places. */
async function surroundings(): Promise<unknown> {
  const beside = await Promise.all(
    targets.map(async (target) => await readdir(path.dirname(await bed.mountpoint(target)))),
  )
  const aims = ['/escape', '/tmp/x', '/tmp/escape', '/etc/cron.d/job', '/etc/pwned', '/x', '/pwned']
  const found = [...aims, 'x', 'pwned', 'escape'].filter((place) => existsSync(place))
  return { beside, found, bystander: (await bed.listing(bystander)).files }
}

async function expectNothingElsewhere(): Promise<void> {
  expect(await surroundings()).toEqual(around)
}

const ways = {
  'a file': async (bytes: Buffer, volume: string) => {
    const from = path.join(bed.folder, bed.name('archive'))
    await writeFile(from, bytes)
    return await bed.vol('restore', '--yes', '--progress=quiet', '--from', from, volume)
  },
  'standard input': (bytes: Buffer, volume: string) =>
    bed.vol('restore', '--yes', '--progress=quiet', '--from=-', volume, { input: bytes }),
}

function expectRefused(result: RunResult, name: string): void {
  expect(result.exitCode, `${name}: ${result.stderr}`).toBe(5)
  expect(result.stderr, name).toMatch(/^Error: (The archive|Archive entry)[^]*Nothing was written/)
  expect(result.stdout, name).toBe('')
}

const refusedArchives = hostileArchives.filter(({ expected }) => expected === 'refused')
/** Those that are refused as they are, and not for how they are compressed. */
const plain = refusedArchives.filter(({ name }) => !/^(gzip|zstd|xz|bzip2|zip|cpio)/.test(name))

test('every hostile archive must be refused, and the volume must be as it was', async () => {
  // Some of every class by default, each in one way; all of them, in all ways, when there are many rounds.
  const inThirds = [0, 1, 2].flatMap((third) => refusedArchives.filter((_, index) => index % 3 === third))
  const attempts = Array.from({ length: Math.ceil(rounds(36) / inThirds.length) }, (_, again) =>
    inThirds.map((hostile, index) => ({ hostile, variant: index + again })),
  ).flat()
  await sideBySide(attempts.slice(0, rounds(36)), workers, async ({ hostile, variant }, worker) => {
    const target = targets[worker] ?? ''
    const way = variant % 2 === 0 ? ways['a file'] : ways['standard input']
    const compress = plain.includes(hostile) ? [same, gzipSync, same, zstdCompressSync][variant % 4] : same
    const result = await way((compress ?? same)(hostile.bytes()), target)
    if (hostile.name === 'petabyte') expectExit(result, 7, 'unpacks to more than')
    else expectRefused(result, hostile.name)
    expect(await bed.listing(target), hostile.name).toEqual(before)
  })
  await expectNothingElsewhere()
})

test('a volume that was made for an archive that is refused must be gone again', async () => {
  await sideBySide(refusedArchives.slice(0, rounds(6)), workers, async (hostile) => {
    const target = bed.name('new')
    expectRefused(await ways['a file'](hostile.bytes(), target), hostile.name)
    expect((await bed.tryDocker('volume', 'inspect', target)).exitCode, hostile.name).toBe(1)
  })
  await expectNothingElsewhere()
})

test('every archive that only looks hostile must be restored as GNU tar restores it', async () => {
  const harmless = hostileArchives.filter(({ expected }) => expected === 'restored')
  await sideBySide(harmless, workers, async (one) => {
    const target = bed.name('restored')
    const result = await ways['a file'](one.bytes(), target)
    expectDone(result)
    if (one.name === 'sparse-terabyte') return await expectTerabyte(target)
    const recipe = /Everything in the archive lies in "(\w+)\/"/.test(result.stderr)
    const reference = await extracted(one, recipe)
    expect(comparable(await bed.listing(target)), one.name).toEqual(comparable(reference))
    return undefined
  })
  await expectNothingElsewhere()
})

/** A tar of a file of zeros, made of compressed pieces that need not be made more than once. */
function bomb(gigabytes: number, compress: (bytes: Buffer) => Buffer): Buffer {
  const piece = 64 * 1024 * 1024
  const pieces = (gigabytes * 1024 ** 3) / piece
  const header = raw({ name: 'zeros', size: pieces * piece })
  const zeros = compress(Buffer.alloc(piece))
  return Buffer.concat([
    compress(header),
    ...Array.from({ length: pieces }, () => zeros),
    compress(Buffer.alloc(1024)),
  ])
}

test.each([
  ['gzip', gzipSync],
  ['zstd', zstdCompressSync],
] as const)(
  'a %s bomb must stop at the space there is, and leave the volume as it was',
  async (_, compress) => {
    const folder = path.join(bed.folder, bed.name('small'))
    await mkdir(folder)
    await execa('mount', ['-t', 'tmpfs', '-o', 'size=16m', 'tmpfs', folder])
    onTestFinished(async () => void (await execa('umount', ['--lazy', folder])))
    const volume = await bed.volume('small', { options: { type: 'none', o: 'bind', device: folder } })
    await bed.shell(volume, 'echo precious >x; touch -d @1600000000 x .')
    const untouched = await listTree(folder)
    const bytes = bomb(8, (data) => compress(data))
    expect(bytes.length).toBeLessThan(16 * 1024 * 1024)
    for (const way of Object.values(ways)) {
      expectExit(await way(bytes, volume), 7, 'unpacks to more than the 16.8MB that there is room for')
      expect(await listTree(folder)).toEqual(untouched)
    }
  },
)

test('an archive that is cut anywhere must be refused', async () => {
  const folder = path.join(bed.folder, 'to cut')
  await mkdir(path.join(folder, 'sub'), { recursive: true })
  for (let index = 0; index < 20; index += 1)
    await writeFile(path.join(folder, index % 2 ? 'sub' : '.', `f${index}`), 'x'.repeat(index * 97))
  const tar = await execa('tar', ['--create', '--file=-', '--format=gnu', `--directory=${folder}`, '.'], {
    encoding: 'buffer',
  })
  const whole = Buffer.from(tar.stdout)
  // GNU tar fills its last record with zeros, which nobody misses.
  const end = whole.lastIndexOf('x') + 512
  const forms = [whole.subarray(0, end - (end % 512) + 1024), gzipSync(whole), zstdCompressSync(whole)]
  const cuts = Array.from({ length: rounds(12) }, (_, index) => ({
    bytes: forms[index % forms.length] ?? whole,
    at: (index * 0.618_034 + 0.003) % 1,
  }))
  await sideBySide(cuts, workers, async ({ bytes, at }, worker) => {
    const target = targets[worker] ?? ''
    const length = Math.floor(bytes.length * at)
    const way = length % 2 === 0 ? ways['a file'] : ways['standard input']
    // Where entries meet, every tar takes such an archive for whole.
    const cut = bytes === forms[0] && length % 3 === 0 ? length - (length % 512) : length
    expectRefused(await way(bytes.subarray(0, cut), target), `cut after ${cut} of ${bytes.length}`)
    expect(await bed.listing(target)).toEqual(before)
  })
})

test('what is no archive must be refused by what it is', async () => {
  const target = targets[0] ?? ''
  const text = Buffer.from('#!/bin/sh\necho this is no archive\n'.repeat(40))
  const pieces = { png: Buffer.from('89504e470d0a1a0a', 'hex'), text, random: Buffer.alloc(4096, 0xa7) }
  for (const [name, bytes] of Object.entries(pieces)) expectRefused(await ways['a file'](bytes, target), name)
  expect(await bed.listing(target)).toEqual(before)
})

test('an archive that cannot be read must be an error before anything is asked or made', async () => {
  const target = bed.name('not-made')
  const missing = path.join(bed.folder, 'missing.tar')
  expectExit(
    await bed.vol('restore', '--from', missing, target),
    1,
    `${missing} could not be read: there is no such file.`,
  )
  expectExit(await bed.vol('restore', '--from', missing, targets[0] ?? ''), 1, 'there is no such file')
  expectExit(await bed.vol('restore', '--from', bed.folder, target), 1, 'it is a directory')
  expect((await bed.tryDocker('volume', 'inspect', target)).exitCode).toBe(1)
  expect(await bed.listing(targets[0] ?? '')).toEqual(before)
})

test('an archive with the name that a restore needs for itself must be refused', async () => {
  const bytes = archive(directory(`${stagingName}/`), file(`${stagingName}/state`, 'moving-new'))
  expectRefused(await ways['a file'](bytes, targets[0] ?? ''), stagingName)
  expect(await bed.listing(targets[0] ?? '')).toEqual(before)
})

/** What GNU tar makes of an archive on this machine. */
async function extracted(one: HostileArchive, recipe: boolean): Promise<Listing> {
  const folder = path.join(bed.folder, bed.name('extracted'))
  await mkdir(folder)
  const options = ['--extract', '--file=-', '--preserve-permissions', '--numeric-owner', '--same-owner']
  const compression = one.name === 'gzip' ? ['--gzip'] : one.name === 'zstd-frames' ? ['--zstd'] : []
  // Directories that the archive does not name have the mode that the umask leaves.
  const tar = ['-c', 'umask 022 && exec tar "$@"', 'sh', ...options, ...compression, `--directory=${folder}`]
  await execa('sh', tar, { input: one.bytes() })
  // What lies in a single directory is taken for the volume itself, and that is said.
  const [first = ''] = await readdir(folder)
  if (recipe) return await listTree(path.join(folder, first))
  const listing = await listTree(folder)
  await rm(folder, { recursive: true })
  return listing
}

/** Without what an archive may leave open: the root, and when and by whom a directory was made. */
function comparable({ files }: Listing): unknown {
  return Object.fromEntries(
    Object.entries(files)
      .filter(([name]) => name !== '.')
      .map(([name, { modified, ...rest }]) => [
        name,
        rest.type === 'directory' ? rest : { ...rest, modified },
      ]),
  )
}

async function expectTerabyte(volume: string): Promise<void> {
  const told = await bed.shell(
    volume,
    'stat -c "%s %b" x; dd if=x bs=512 skip=1073741824 count=1 status=none',
  )
  const [size, data] = told.split('\n')
  expect(size).toMatch(/^1099511627776 \d{1,3}$/)
  expect(data).toBe('x'.repeat(512))
}

function same(bytes: Buffer): Buffer {
  return bytes
}

expect(process.getuid?.(), 'owners can only be compared as root').toBe(0)
