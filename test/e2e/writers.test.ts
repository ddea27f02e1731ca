/** What may be copied while somebody could write it, and what is said of a copy that was. */
import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import {
  expectDone,
  expectExit,
  expectNoHelpers,
  expectSameTree,
  onlyReference,
  startedAt,
  statesOf,
} from './checks.ts'
import { expectOnlyWholeSnapshots, expectTidyStore } from './left-behind.ts'
import { fillWithOddTree } from './odd-tree.ts'
import { rounds, scenario } from './scenario.ts'

const bed = await scenario('writers')

async function filled(part: string): Promise<string> {
  const volume = await bed.volume(part)
  await fillWithOddTree(await bed.mountpoint(volume), part)
  return volume
}

test.each([
  ['running', [] as string[]],
  ['paused by hand', ['pause']],
])('a volume that a container %s has writable must be copied, and the container stay so', async (_, more) => {
  const volume = await filled('busy')
  const writer = await bed.container({ volumes: { [volume]: '/data' } })
  for (const verb of more) await bed.docker(verb, writer)
  const [before, started] = [await statesOf(bed, writer), await startedAt(bed, writer)]
  const reference = onlyReference(await bed.vol('snapshot', '-q', volume))
  const [{ Config }] = JSON.parse(expectDone(await bed.vol('show', reference)))
  expect(Config.consistency).toMatchObject({ method: 'paused', changed: [] })
  expect(Config.consistency.why).toContain(`"${writer}"`)
  const [restored, copy, plain] = [bed.name('restored'), bed.name('copy'), bed.name('plain')]
  expectDone(await bed.vol('restore', '--into', restored, reference))
  expectDone(await bed.vol('clone', volume, copy))
  const outputFile = path.join(bed.folder, 'busy.tar')
  expectDone(await bed.vol('snapshot', '-q', '-o', '-', volume, { outputFile }))
  expectDone(await bed.vol('restore', '--allow-devices', '--from', outputFile, plain))
  expect(await statesOf(bed, writer)).toEqual(before)
  expect(await startedAt(bed, writer)).toBe(started)
  const wanted = await bed.listing(volume)
  for (const each of [restored, copy]) expectSameTree(await bed.listing(each), wanted)
  expect(Object.keys((await bed.listing(plain)).files)).toEqual(Object.keys(wanted.files))
})

test('containers that cannot write, or do not run, must not keep a snapshot from being taken', async () => {
  const volume = await filled('read-only')
  const reader = await bed.container({ volumes: { [volume]: '/data:ro' } })
  const stopped = await bed.container({ volumes: { [volume]: '/data' } })
  await bed.docker('stop', stopped)
  const reference = onlyReference(await bed.vol('snapshot', '-q', volume))
  const [{ Config }] = JSON.parse(expectDone(await bed.vol('show', reference)))
  expect(Config.consistency).toMatchObject({ method: 'idle', changed: [] })
  expect(Config.consumers.map(({ name }: { name: string }) => name).toSorted()).toEqual(
    [reader, stopped].toSorted(),
  )
  expect(await statesOf(bed, reader, stopped)).toEqual(['running', 'exited'])
})

// What people's programs do to files: append, rewrite, cut, replace, rename, remove and make.
const restless = `
cd /data; mkdir busy; i=0
while :; do
  i=$((i + 1))
  echo "$i" >>busy/appended
  head -c 400000 /dev/urandom >busy/rewritten
  head -c 100000 /dev/urandom >>busy/cut; truncate -s $((i % 7 * 1000)) busy/cut
  echo "$i" >busy/new && mv busy/new busy/replaced
  echo "$i" >busy/to-rename-$i && mv busy/to-rename-$i busy/renamed-$((i % 50))
  rm -f busy/gone-$((i % 20)); echo "$i" >busy/gone-$(((i + 10) % 20))
done`

test('a live snapshot of a restless volume must be whole and name what changed', async () => {
  const volume = await filled('restless')
  await bed.shell(volume, 'for i in 1 2 3 4; do head -c 8000000 /dev/urandom >still-$i; done')
  const still = await bed.listing(volume)
  await bed.container({ volumes: { [volume]: '/data' }, command: ['sh', '-c', restless] })
  await sleep(1000)
  const count = rounds(2)
  for (let round = 0; round < count; round += 1) {
    const taken = await bed.vol('snapshot', '--consistency', 'live', volume)
    const reference = onlyReference(taken)
    expect(taken.stderr).toMatch(/Changed while it was read: busy\//)
    const [{ Config }] = JSON.parse(expectDone(await bed.vol('show', reference)))
    expect(Config.consistency.method).toBe('live')
    expect(Config.consistency.changed).toContain('busy/rewritten')
    expect(Config.consistency.changed.filter((name: string) => !/^(busy|busy\/.*)$/.test(name))).toEqual([])
    const copy = bed.name('copy')
    expectDone(await bed.vol('restore', '--into', copy, reference))
    const files = Object.fromEntries(Object.entries((await bed.listing(copy)).files).filter(isStill))
    expect(files).toEqual(Object.fromEntries(Object.entries(still.files).filter(isStill)))
    await bed.docker('volume', 'rm', copy)
  }
  await expectOnlyWholeSnapshots(bed)
  await expectTidyStore(bed.store, volume)
})

const isStill = ([name]: readonly [string, unknown]) => name !== '.' && !name.startsWith('busy')

test('a volume that something outside docker changes must be refused with 8, and nothing listed', async () => {
  const volume = await filled('outside')
  const folder = path.join(await bed.mountpoint(volume), 'outside docker')
  await mkdir(folder)
  await bed.shell(volume, 'head -c 60000000 /dev/urandom >much')
  const count = rounds(2)
  for (let round = 0; round < count; round += 1) {
    let over = false
    const snapshot = bed.vol('snapshot', volume).finally(() => (over = true))
    const archive = path.join(bed.folder, 'outside.tar')
    const written = bed.vol('snapshot', '--output', archive, volume)
    for (let i = 0; !over; i += 1) {
      await writeFile(path.join(folder, `file ${i % 5}`), 'x'.repeat(i % 5000))
      await sleep(1)
    }
    expectExit(await snapshot, 8, /outside docker/)
    await written
    expect((await bed.vol('snapshots', '-q', volume)).stdout).toBe('')
    await expectNoHelpers(bed, volume)
  }
})
