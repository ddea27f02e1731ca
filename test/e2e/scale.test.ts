import { stat } from 'node:fs/promises'
import path from 'node:path'
import { execa } from 'execa'
import { describe, expect, test } from 'vitest'
import { expectDone, expectSameTree } from './checks.ts'
import { pythonIn } from './everything.ts'
import { measured, type Measured } from './plugin-memory.ts'
import { scenario } from './scenario.ts'

const bed = await scenario('scale')

const mebibyte = 1024 ** 2
/** What the plugin may take, however large the volume is. */
const limit = 200 * mebibyte

async function measure(...words: readonly string[]): Promise<Measured> {
  return await measured(bed.startVol(...words))
}

function expectSmall(what: string, { peak }: Measured): void {
  console.log(`${what}: ${Math.round(peak / mebibyte)} MiB`)
  expect(peak / mebibyte, `MiB that the plugin took to ${what}`).toBeLessThan(limit / mebibyte)
}

/** Snapshot, verify, remove the volume, restore: all in little memory. */
async function roundTrip(volume: string, what: string): Promise<void> {
  const taken = await measure('snapshot', '-q', volume)
  const reference = expectDone(taken).trim()
  expectSmall(`snapshot ${what}`, taken)
  const verified = await measure('verify', reference)
  expectDone(verified)
  expectSmall(`verify ${what}`, verified)
  await bed.docker('volume', 'rm', volume)
  const restored = await measure('restore', reference)
  expectDone(restored)
  expectSmall(`restore ${what}`, restored)
}

describe('100,000 small files', () => {
  test('must come back, with little memory each way', async () => {
    const volume = await bed.volume('many')
    await pythonIn(
      await bed.mountpoint(volume),
      `import os
for directory in range(100):
  name = 'directory-%03d/with a longer name, as programs make them' % directory
  os.makedirs(name)
  for file in range(1000):
    path = '%s/%032x-%d.dat' % (name, directory * 7919 * file, file)
    with open(path, 'w') as f: f.write('%d %d\\n' % (directory, file) * (file % 20))
    os.utime(path, ns=(5, 1_600_000_000_000_000_000 + file))`,
    )
    const before = await bed.listing(volume)
    expect(Object.keys(before.files)).toHaveLength(100_201)
    await roundTrip(volume, '100,000 files')
    expectSameTree(await bed.listing(volume), before)
  }, 900_000)
})

describe('one file of 2 GiB', () => {
  test('must come back, with little memory each way', async () => {
    const volume = await bed.volume('large')
    const file = async () => path.join(await bed.mountpoint(volume), 'file')
    // A part that cannot be compressed, a part that can, and a part that repeats.
    const script = `{ head -c 600M /dev/urandom; yes line | head -c 500M; head -c 300M /dev/zero | tr '\\0' x
      yes 'another line' | head -c 400M; } >"$1"
      truncate -s 2G "$1"; touch -d @1.123456789 "$1"`
    await execa('sh', ['-c', script, 'sh', await file()])
    const sum = async () => (await execa('sha256sum', [await file()])).stdout.split(' ')[0]
    const before = await sum()
    expect((await stat(await file())).size).toBe(2 * 1024 ** 3)
    await roundTrip(volume, '2 GiB')
    expect(await sum()).toBe(before)
    expect((await stat(await file(), { bigint: true })).mtimeNs).toBe(1_123_456_789n)
  }, 900_000)
})
