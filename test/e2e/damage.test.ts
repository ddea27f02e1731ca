import { createHash, randomInt } from 'node:crypto'
import { appendFile, cp, readdir, readFile, rename, rm, stat, truncate, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { beforeAll, beforeEach, expect, test } from 'vitest'
import { expectDone, expectExit, expectNoHelpers, expectSameTree } from './checks.ts'
import type { Listing } from './listing.ts'
import { rounds, scenario } from './scenario.ts'
import { sideBySide } from './side-by-side.ts'
import { snapshotOnDisk, type OnDisk } from './stored.ts'

const bed = await scenario('damage')

/** Volumes of the same contents, so that one call verifies many damaged snapshots. */
const count = 8
const pristine = path.join(bed.folder, 'pristine')
const store = path.join(bed.folder, 'store')
let volumes: readonly string[] = []
/** The older snapshot of each volume, which is the one that is damaged, and the newer of other contents. */
let older: readonly string[] = []
let newer: readonly string[] = []
let listing: Listing = { files: {}, allocated: {} }

beforeAll(async () => {
  volumes = await Promise.all(Array.from({ length: count }, () => bed.volume('same')))
  const fill = `mkdir -p a/b; seq 300 >a/numbers; head -c 3000 /dev/urandom >a/b/noise; ln -s x link
    truncate -s 40M a/large; echo data >>a/large; mkfifo pipe; chown -R 12:34 a; touch -d @1.5 a .`
  for (const volume of volumes) await bed.shell(volume, fill)
  const take = async () =>
    expectDone(await bed.vol('snapshot', '-q', '--store', pristine, ...volumes))
      .trim()
      .split('\n')
  older = await take()
  listing = await bed.listing(first(volumes))
  for (const volume of volumes) await bed.shell(volume, 'seq 301 >a/numbers; touch -d @2.5 a .')
  newer = await take()
})

beforeEach(async () => {
  await rm(store, { recursive: true, force: true })
  await cp(pristine, store, { recursive: true })
})

function first<Thing>([thing]: readonly Thing[]): Thing {
  if (thing === undefined) throw new Error('there is none')
  return thing
}

/** Every blob that a snapshot needs. */
const blobsOf = ({ manifest, config, layers, fileTable }: OnDisk) => [manifest, config, fileTable, ...layers]

async function flip(file: string, bit: number): Promise<void> {
  const bytes = await readFile(file)
  bytes[bit >>> 3] = (bytes[bit >>> 3] ?? 0) ^ (1 << (bit & 7))
  await writeFile(file, bytes)
}

type Verdict = { readonly Reference: string; readonly Whole: boolean; readonly Damage: string | null }

async function verdicts(references: readonly string[]): Promise<{ code: number; verdicts: Verdict[] }> {
  const result = await bed.vol('verify', '--format', 'json', '--store', store, ...references)
  const lines = result.stdout.split('\n').filter(Boolean)
  expect(result.stderr).not.toMatch(/^ {4}at /m)
  return { code: result.exitCode, verdicts: lines.map((line): Verdict => JSON.parse(line)) }
}

/** Verify finds every one of these damaged, and names it. */
async function expectDamaged(references: readonly string[], how: readonly string[]): Promise<void> {
  const found = await verdicts(references)
  expect(found.verdicts.map(({ Reference }) => Reference)).toEqual(references)
  for (const [index, { Whole, Damage, Reference }] of found.verdicts.entries()) {
    expect(Whole, `${Reference} with ${how[index]}`).toBe(false)
    expect(Damage).toMatch(/\S/)
  }
  expect(found.code).toBe(3)
}

/** Restore refuses the snapshot, names it, and writes nothing: no new volume is left, an old one is as it was. */
async function expectNotRestored(
  reference: string,
  alsoOver = true,
  options: readonly string[] = [],
): Promise<void> {
  const fresh = bed.name('fresh')
  const restore = ['restore', '--store', store, ...options]
  const damaged = `The snapshot ${reference} is damaged`
  expectExit(await bed.vol(...restore, '--into', fresh, reference), 3, damaged)
  expect((await bed.tryDocker('volume', 'inspect', fresh)).exitCode).toBe(1)
  if (!alsoOver) return
  const [existing = ''] = reference.split('@')
  const before = await bed.listing(existing)
  expectExit(await bed.vol(...restore, '--yes', '--into', existing, reference), 3, damaged)
  expectSameTree(await bed.listing(existing), before)
  await expectNoHelpers(bed, existing)
}

/** The newer snapshots and the lists still work beside the damaged ones. */
async function expectOthersWork(references: readonly string[]): Promise<void> {
  const table = expectDone(await bed.vol('snapshots', '--store', store))
  for (const id of references.map((each) => each.split('@')[1])) expect(table).toContain(id)
  expect(table).toContain(first(newer).split('@')[1])
  expectDone(await bed.vol('snapshots', '--store', store, '-q'))
  expect(expectDone(await bed.vol('ls', '--store', store, '-q'))).toContain(first(volumes))
  expect((await verdicts(newer)).code).toBe(0)
}

test('verify must find nothing wrong with what nobody damaged', async () => {
  expect((await verdicts([...older, ...newer])).verdicts.every(({ Whole }) => Whole)).toBe(true)
})

test('verify must find any flipped bit of any blob', async () => {
  for (let round = rounds(4); round > 0; round--) {
    const flips: { file: string; bit: number }[] = []
    for (const [index, reference] of older.entries()) {
      const blobs = blobsOf(await snapshotOnDisk(pristine, reference)).map((file) =>
        file.replace(pristine, store),
      )
      // By turns, so that the small ones get as many as the large ones.
      const file = blobs[(index + round) % blobs.length] ?? ''
      flips.push({ file, bit: randomInt(8 * (await stat(file)).size) })
    }
    for (const { file, bit } of flips) await flip(file, bit)
    await expectDamaged(
      older,
      flips.map(({ file, bit }) => `bit ${bit} of ${file}`),
    )
    for (const { file, bit } of flips) await flip(file, bit)
  }
  // The flips above were taken back: what was found was the flips.
  expect((await verdicts(older)).code).toBe(0)
})

test('verify must find blobs that were cut, at any place', async () => {
  for (let round = rounds(2); round > 0; round--) {
    const how: string[] = []
    for (const [index, reference] of older.entries()) {
      const blobs = blobsOf(await snapshotOnDisk(store, reference))
      const file = blobs[(index + round) % blobs.length] ?? ''
      const length = round === 1 && index < 3 ? index : randomInt((await stat(file)).size)
      how.push(`only ${length} bytes of ${file}`)
      await truncate(file, length)
    }
    await expectDamaged(older, how)
    await rm(store, { recursive: true })
    await cp(pristine, store, { recursive: true })
  }
})

/** A layer that the newer snapshot of the volume does not share. */
async function ownLayer(reference: string): Promise<string> {
  const { layers } = await snapshotOnDisk(store, reference)
  const [volume = ''] = reference.split('@')
  const other = newer.find((each) => each.startsWith(`${volume}@`)) ?? ''
  const shared = new Set((await snapshotOnDisk(store, other)).layers)
  expect(layers.some((layer) => shared.has(layer))).toBe(true)
  return first(layers.filter((layer) => !shared.has(layer)))
}

/** One way to spoil a blob of a snapshot. */
type Spoiling = (file: string, others: readonly string[]) => Promise<void>

const spoilings: Readonly<Record<string, Spoiling>> = {
  'a flipped bit': async (file) => await flip(file, randomInt(8 * (await stat(file)).size)),
  'its last byte cut': async (file) => await truncate(file, (await stat(file)).size - 1),
  'nothing left in it': async (file) => await truncate(file, 0),
  'garbage after it': async (file) => await appendFile(file, 'garbage'),
  'itself appended': async (file) => await appendFile(file, await readFile(file)),
  'its file missing': async (file) => await rm(file),
  'another blob in its place': async (file, [other = '']) => {
    const spare = `${file}.spare`
    await rename(file, spare)
    await rename(other, file)
    await rename(spare, other)
  },
}

const spoilt = ['manifest', 'config', 'file table', 'layer'] as const

test.each(spoilt)(
  'however a %s is spoilt, verify and restore must say so and write nothing',
  async (which) => {
    const ways = Object.entries(spoilings)
    const references = older.slice(0, ways.length)
    for (const [index, reference] of references.entries()) {
      const disk = await snapshotOnDisk(store, reference)
      const file =
        which === 'layer' ? await ownLayer(reference) : { ...disk, 'file table': disk.fileTable }[which]
      const others = blobsOf(disk).filter((other) => other !== file)
      await ways[index]?.[1](file, others.toReversed())
    }
    const how = ways.map(([way]) => `a ${which} that has ${way}`)
    await expectDamaged(references, how)
    await sideBySide(references, 2, async (reference) => {
      await expectNotRestored(reference, which === 'layer' || which === 'manifest')
    })
    await expectOthersWork(references)
  },
)

test('restore --path must check the whole snapshot before it writes a file of it', async () => {
  const reference = first(older)
  const { layers } = await snapshotOnDisk(store, reference)
  await flip(layers.at(-1) ?? '', 800)
  await expectNotRestored(reference, true, ['--path', 'a/numbers'])
})

test('a manifest whose digests are right but whose data are those of another snapshot must be found out', async () => {
  const [reference, other] = [first(older), first(newer)]
  const [mine, theirs] = [await snapshotOnDisk(store, reference), await snapshotOnDisk(store, other)]
  const [manifest, otherManifest] = [await readJson(mine.manifest), await readJson(theirs.manifest)]
  const forgeries = {
    'all data of the other': { ...manifest, layers: otherManifest.layers },
    'layers of the other': {
      ...manifest,
      layers: [...tables(otherManifest.layers, false), ...tables(manifest.layers, true)],
    },
    'the file table of the other': {
      ...manifest,
      layers: [...tables(manifest.layers, false), ...tables(otherManifest.layers, true)],
    },
    'no file table': { ...manifest, layers: tables(manifest.layers, false) },
    'a layer less': { ...manifest, layers: manifest.layers.slice(1) },
    'the configuration of the other': { ...manifest, config: otherManifest.config },
  }
  for (const [what, forged] of Object.entries(forgeries)) {
    await forge(mine, forged)
    await expectDamaged([reference], [what])
    await expectNotRestored(reference, what.startsWith('layers'))
    await cp(path.join(pristine, first(volumes), 'index.json'), mine.index)
  }
  expect((await verdicts([reference])).code).toBe(0)
})

const tables = (layers: readonly Layer[], own: boolean) =>
  layers.filter(({ mediaType }) => mediaType.endsWith('.tar+zstd') !== own)

type Layer = { readonly mediaType: string }
type AnyManifest = { readonly layers: readonly Layer[]; readonly config: object }

async function readJson(file: string): Promise<AnyManifest> {
  const manifest: AnyManifest = JSON.parse(await readFile(file, 'utf8'))
  return manifest
}

/** Lists another manifest for a snapshot, its digest and size as they should be. */
async function forge({ index, manifest }: OnDisk, forged: AnyManifest): Promise<void> {
  const bytes = Buffer.from(JSON.stringify(forged))
  const digest = createHash('sha256').update(bytes).digest('hex')
  await writeFile(path.join(path.dirname(manifest), digest), bytes)
  const list: { manifests: { digest: string; size: number }[] } = JSON.parse(await readFile(index, 'utf8'))
  const manifests = list.manifests.map((entry) =>
    entry.digest === `sha256:${path.basename(manifest)}`
      ? { ...entry, digest: `sha256:${digest}`, size: bytes.length }
      : entry,
  )
  await writeFile(index, JSON.stringify({ ...list, manifests }))
}

test('a flipped bit of index.json must never give wrong data', async () => {
  const [reference, volume] = [first(older), first(volumes)]
  const index = path.join(store, volume, 'index.json')
  const whole = await readFile(index, 'latin1')
  const entry = whole.slice(
    whole.indexOf('{"mediaType', 2),
    whole.indexOf(',{"mediaType', whole.indexOf('"manifests"')),
  )
  expect(entry).toContain(reference.split('@')[1])
  for (let round = rounds(12); round > 0; round--) {
    // Every other flip in the entry of the snapshot itself.
    const at = round % 2 === 0 ? whole.indexOf(entry) + randomInt(entry.length) : randomInt(whole.length)
    await flip(index, 8 * at + randomInt(8))
    const flipped = await readFile(index, 'latin1')
    const what = `byte ${at}: ${flipped.slice(Math.max(0, at - 20), at + 20)}`
    const { exitCode, stderr } = await bed.vol('verify', '--store', store, reference)
    // Elsewhere, nothing of this snapshot is lost: a list that cannot be read is made again from the blobs.
    expect(flipped.includes(entry) ? [0] : [0, 3, 4], `${what}: ${stderr}`).toContain(exitCode)
    expectDone(await bed.vol('snapshots', '--store', store))
    if (round % 3 === 0) {
      const target = bed.name('flipped')
      const restored = await bed.vol('restore', '--store', store, '--into', target, reference)
      expect(restored.exitCode, `${what}: ${restored.stderr}`).toBe(exitCode)
      if (exitCode === 0) expectSameTree(await bed.listing(target), listing)
      else expect((await bed.tryDocker('volume', 'inspect', target)).exitCode).toBe(1)
    }
    await writeFile(index, whole, 'latin1')
  }
  expect((await verdicts([reference])).code).toBe(0)
})

test.each([
  // Its first digit that is another one when its last bit is.
  ['the digest', /"digest":"sha256:[af]*/],
  // Its last digit but one: a number must not begin with 0.
  ['the size', /"size":\d+(?=\d\b)/],
  ['the key of the ID', /"org\.opencontainers\.image\.ref\.nam/],
  ['the key of the volume', /"dev\.docker-vol\.volum/],
])('a changed character in %s of index.json must not cost a blob at the next snapshot', async (_, before) => {
  const [reference, volume] = [first(older), first(volumes)]
  const { index } = await snapshotOnDisk(store, reference)
  const folder = path.join(store, volume, 'blobs', 'sha256')
  const [whole, blobs] = [await readFile(index, 'latin1'), await readdir(folder)]
  const at = endOf(before, whole)
  await flip(index, 8 * at)
  expect([3, 4]).toContain((await bed.vol('verify', '--store', store, reference)).exitCode)
  expectDone(await bed.vol('snapshot', '-q', '--store', store, volume))
  expect(await readdir(folder)).toEqual(expect.arrayContaining(blobs))
  // What was hit is still in the list that the new snapshot was added to: put right, it leads to the snapshot again.
  const hit = endOf(before, await readFile(index, 'latin1'))
  await flip(index, 8 * hit)
  expect((await verdicts([reference])).code).toBe(0)
})

function endOf(pattern: RegExp, text: string): number {
  const found = pattern.exec(text)
  if (found === null) throw new Error(`${pattern.source} is not in ${text}`)
  return found.index + found[0].length
}
